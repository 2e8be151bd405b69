import type { Context } from '../../graphql/context.ts'
import type { SignedIn } from './entrance.ts'

// What every mutation has in common that ends signed in, or signed out.

/** From here on the operation is this person's. */
export function enter<In extends SignedIn>(ctx: Context, signedIn: In): In & { userId: string } {
  ctx.viewer = signedIn.viewer
  ctx.cookie.set(signedIn.token, signedIn.expiresAt)
  return { ...signedIn, userId: signedIn.viewer.userId }
}

/** From here on the operation is nobody's. */
export function leave(ctx: Context): void {
  ctx.viewer = null
  ctx.cookie.clear()
}

export const tokenField = {
  description: 'Goes into `Authorization: Bearer …`. Shown this once; over HTTP the cookie is set to it as well.',
  resolve: ({ token }: SignedIn) => token,
}

export const expiresAtField = {
  type: 'DateTime' as const,
  description: 'When the session ends, unless it is used before then.',
  resolve: ({ expiresAt }: SignedIn) => expiresAt,
}

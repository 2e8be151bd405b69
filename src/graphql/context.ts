import { Unauthenticated } from '../kernel/errors.ts'
import type { Device, Viewer } from '../ports/sessions.ts'
import type { Audience } from '../realtime/sink.ts'
import type { Streams } from '../realtime/streams.ts'
import type { Rooms } from './rooms.ts'

/** What one operation knows. The rooms are on it by name: `ctx.accounts.signUp(…)`. */
export type Context = Rooms & {
  requestId: string
  /** Who is asking; null when signed out. In an answer made for many there is none, and asking for it throws. */
  viewer: Viewer | null
  /** Set where an answer is made for many: what of its readers it may depend on. */
  audience: Extract<Audience, { kind: 'everyone' }> | null
  device: Device
  streams: Streams
  /** Where to go on from after what this operation reads: of the moment in which it began. */
  cursor: () => string
  /** For @pothos/plugin-prisma alone: rooms have stores. Not typed as the client, which would slow every editor. */
  prisma: object
  /** Over HTTP the token also goes into a cookie, and out of it. On a WebSocket there is none: these do nothing. */
  cookie: {
    set(token: string, expiresAt: Date): void
    clear(): void
  }
}

/** The viewer, or the end of the operation. Root fields are closed to the signed-out already (see builder.ts): this is for the type. */
export function signedIn(ctx: Context): Viewer {
  if (!ctx.viewer) throw new Unauthenticated()
  return ctx.viewer
}

/** Whether the viewer is this person. In an answer made for many nobody is: whom it is about gets one of their own. */
export const isViewer = (ctx: Context, userId: string): boolean => ctx.audience === null && ctx.viewer?.userId === userId

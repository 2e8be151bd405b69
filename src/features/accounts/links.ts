import { createHash, randomBytes } from 'node:crypto'
import type { Link, LinkKind } from '../../generated/prisma/client.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { LinksStore } from './links.store.ts'

export type MailedLink = { url: string; token: string; lifetime: string; expiresAt: Date }

const hour = 3_600_000

// Pages of the app that is served at PUBLIC_URL, which is not Parley itself. Each takes the token from the link and calls a
// mutation with it: verifyEmail on the first, resetPassword on the others.
const kinds: Record<LinkKind, { page: string; lifetime: string; lifetimeMs: number }> = {
  EMAIL_VERIFICATION: { page: 'verify-email', lifetime: '3 days', lifetimeMs: 72 * hour },
  PASSWORD_RESET: { page: 'reset-password', lifetime: 'one hour', lifetimeMs: hour },
  INVITATION: { page: 'accept-invitation', lifetime: '7 days', lifetimeMs: 168 * hour },
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

export type Links = ReturnType<typeof createLinks>

/** Single-use links that are mailed: 256 random bits, kept as their sha256. A new one of a kind takes the former one's place. */
export function createLinks({ store, clock, publicUrl }: { store: LinksStore; clock: Clock; publicUrl: string }) {
  return {
    async issue(kind: LinkKind, { userId, email }: Pick<Link, 'userId' | 'email'>, within?: Queries): Promise<MailedLink> {
      const { page, lifetime, lifetimeMs } = kinds[kind]
      const token = randomBytes(32).toString('base64url')
      const createdAt = clock.now()
      const expiresAt = new Date(createdAt.getTime() + lifetimeMs)
      await store.replace({ tokenHash: hashOf(token), kind, userId, email, createdAt, expiresAt }, within)
      // In the fragment: that part of a link reaches no server, no log and no Referer header.
      return { url: `${publicUrl}/${page}#token=${token}`, token, lifetime, expiresAt }
    },

    /** The living link that a token belongs to. */
    find: (token: string, ...among: LinkKind[]) => store.find(hashOf(token), among, clock.now()),
    spend: ({ tokenHash }: Link, within: Queries) => store.spend(tokenHash, within),
    /** What was mailed to this person and not used yet opens nothing any more. */
    forget: (userId: string, among: readonly LinkKind[], within: Queries) => store.forget(userId, among, within),
    forgetAll: (userId: string, within: Queries) => store.forget(userId, Object.keys(kinds) as LinkKind[], within),
    purge: () => store.purge(clock.now()),
  }
}

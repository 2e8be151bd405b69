import type { Queries } from './database.ts'

export type Session = {
  /** Names the session, opens nothing. */
  id: string
  userId: string
  createdAt: Date
  expiresAt: Date
}

export type Device = { userAgent: string | null; ipAddress: string | null }

/** Who is asking: what every policy starts from. */
export type Viewer = { userId: string; role: 'USER' | 'ADMIN'; sessionId: string }

/**
 * Who is signed in. A session is opened by its token, 256 random bits that only the client keeps: at rest there is its sha256.
 * It ends by revocation, with its person's account, 10 days without use, or 30 days after sign-in. `within` does the work inside
 * a caller's transaction.
 */
export type Sessions = {
  create(userId: string, device: Device, within?: Queries): Promise<{ token: string; session: Session }>
  /** Whose living session this token opens, or null. Counts as use. */
  validate(token: string): Promise<Viewer | null>
  /** Those of these session ids that are alive: what a node asks about its open sockets. Doesn't count as use. */
  alive(ids: readonly string[]): Promise<Set<string>>
  /** Ends one session of this person; false where there is none of that id. */
  revoke(userId: string, sessionId: string): Promise<boolean>
  /** Ends all of a person's, or all but one; the ids of those ended. */
  revokeAll(userId: string, options?: { except?: string; within?: Queries }): Promise<string[]>
  /** Removes what is left of expired sessions; how many there were. */
  purge(): Promise<number>
}

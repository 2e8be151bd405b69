import type { Accounts } from '../features/accounts/accounts.ts'
import type { Codes } from '../features/accounts/codes.ts'
import type { Invitations } from '../features/accounts/invitations.ts'
import type { Recovery } from '../features/accounts/recovery.ts'
import type { OwnSessions } from '../features/accounts/sessions.ts'
import type { People } from '../features/people/people.ts'

/** The rooms that resolvers may call, by the names they have on the context. */
export type Rooms = {
  accounts: Accounts
  codes: Codes
  invitations: Invitations
  people: People
  recovery: Recovery
  sessions: OwnSessions
}

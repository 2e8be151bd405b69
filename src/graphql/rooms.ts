import type { Accounts } from '../features/accounts/accounts.ts'
import type { Codes } from '../features/accounts/codes.ts'
import type { Invitations } from '../features/accounts/invitations.ts'
import type { Recovery } from '../features/accounts/recovery.ts'
import type { OwnSessions } from '../features/accounts/sessions.ts'
import type { Channels } from '../features/channels/channels.ts'
import type { Members } from '../features/channels/members.ts'
import type { Roster } from '../features/channels/roster.ts'
import type { Messages } from '../features/messages/messages.ts'
import type { DeadLetters } from '../features/mail/dead-letters.ts'
import type { Notifications } from '../features/notifications/notifications.ts'
import type { People } from '../features/people/people.ts'
import type { PresenceRoom } from '../features/presence/presence.ts'
import type { Typing } from '../features/presence/typing.ts'
import type { Receipts } from '../features/receipts/receipts.ts'

/** The rooms that resolvers may call, by the names they have on the context. */
export type Rooms = {
  accounts: Accounts
  channels: Channels
  codes: Codes
  deadLetters: DeadLetters
  invitations: Invitations
  members: Members
  messages: Messages
  notifications: Notifications
  people: People
  presence: PresenceRoom
  receipts: Receipts
  recovery: Recovery
  roster: Roster
  sessions: OwnSessions
  typing: Typing
}

import type {
  ChannelFragment,
  InboxEventsSubscription,
  MembershipFragment,
  MessageBodyFragment,
  NotificationFragment,
  PresenceStatus,
  ReceiptFragment,
  UserFragment,
  ViewerFragment,
} from './documents.ts'
import type { Failure, ParleyError } from './errors.ts'

// What an inbox shows, and what it remembers beside that. All of it is immutable: what didn't change is the same object as before.

export type User = UserFragment
export type Presence = { status: PresenceStatus; lastActiveAt: string | null }
/** The viewer's own account and settings. Who they are to others is in `users`. */
export type Viewer = Omit<ViewerFragment, 'user'> & { userId: string }

/** People are named by id; who they are is in `users`, and nobody is there whose account is gone. */
export type Message = Omit<MessageBodyFragment, 'sender' | 'mentions' | 'replyTo'> & {
  channelId: string
  /** Null once the account is deleted. */
  senderId: string | null
  mentionIds: readonly string[]
  replyTo: { id: string; seq: number; version: number; text: string | null; senderId: string | null } | null
  reactions: readonly Reaction[]
}
export type Reaction = { emoji: string; count: number; viewerReacted: boolean }

/** Something one has said that is not in its place yet. These stand at the end, in the order in which they were said. */
export type PendingMessage = {
  clientId: string
  channelId: string
  text: string
  replyToId: string | null
  mentionIds: readonly string[]
  createdAt: string
  /** `sending`: on its way, or waiting for the network. `sent`: stored, and soon among the messages. `failed`: see `failure`. */
  status: 'sending' | 'sent' | 'failed'
  failure: Failure | null
  /** Where it has its place, once it is sent. */
  seq: number | null
}

export type Member = { userId: string; version: number; role: MembershipFragment['role']; joinedAt: string }
export type Receipt = Omit<ReceiptFragment, 'user' | 'channelId'> & { userId: string }
/** Something told to the viewer. What it is about is named, and null where there is none, or none that they may see. */
export type Notification = Omit<NotificationFragment, 'actor' | 'channel' | 'message'> & {
  actorId: string | null
  channelId: string | null
  messageId: string | null
  /** Where the message stands in its channel. */
  seq: number | null
}
export type Unread = { messages: number; mentions: number; firstUnreadSeq: number | null }
export type OwnMembership = Pick<MembershipFragment, 'version' | 'role' | 'joinedAt' | 'notificationLevel' | 'mutedUntil' | 'unreadFrom'>

export type Channel = ChannelFragment & {
  /** In a direct channel the other person. */
  peerId: string | null
  /** The viewer's own. */
  membership: OwnMembership
  /** How many are in it: as it was read, and exactly where `members` is complete. */
  memberCount: number
  /** Who is in it, as far as known: everyone once `loadMembers` has come to the end. */
  members: Readonly<Record<string, Member>>
  hasMoreMembers: boolean
  /** How far each has got, as far as known, by person. */
  receipts: Readonly<Record<string, Receipt>>
  lastSeq: number
  /** The newest messages, in the order of `seq` and without holes. There is one at first; `loadMessages` brings more. */
  messages: readonly Message[]
  hasOlderMessages: boolean
  pending: readonly PendingMessage[]
  unread: Unread
  /** Who is typing, without the viewer. */
  typing: readonly string[]
}

export type Status =
  /** The first snapshot is being read. */
  | { phase: 'connecting' }
  /** All is as it is on the server, and stays so. */
  | { phase: 'live' }
  /** Not connected; it tries again by itself. `error` says what it met last. */
  | { phase: 'offline'; error: ParleyError }
  /** It has ended for good: closed by you, or for a reason that trying again doesn't mend, such as `UNAUTHENTICATED`. */
  | { phase: 'ended'; error: ParleyError | null }

/** What `getSnapshot()` gives. */
export type InboxSnapshot = {
  status: Status
  /** Null before the first snapshot. */
  viewer: Viewer | null
  users: Readonly<Record<string, User>>
  /** Of those one shares a channel with, as far as told. */
  presence: Readonly<Record<string, Presence>>
  channels: Readonly<Record<string, Channel>>
  /** Ids of the channels, the most recently active first; without archived ones. */
  order: readonly string[]
  hasMoreChannels: boolean
  /** The newest first. */
  notifications: readonly Notification[]
  hasMoreNotifications: boolean
  /** All channels here together; of muted ones only mentions count. Without archived ones. */
  unread: { channels: number; messages: number; mentions: number }
}

export type InboxEvent = InboxEventsSubscription['inboxEvents']

/** What is known of a channel beside what is shown. */
export type Book = {
  /** What the server counted as unread, and of which messages. */
  counted: (Unread & { afterSeq: number; upToSeq: number }) | null
  /** How often `counted` became doubtful, and how many of these doubts an answer has settled. Open ones are to be asked about. */
  doubts: number
  settled: number
  membersAfter: string | null
  /** Members that are gone: which version of their membership. */
  departed: Readonly<Record<string, number>>
  /** Pages under way. What changes meanwhile, and isn't held, is kept aside: a page may be older. */
  loading: number
  aside: Readonly<Record<number, Message>>
}

/** One channel: what is shown of it, and what is remembered. */
export type Room = { channel: Channel; book: Book }

export type InboxState = {
  view: InboxSnapshot
  /** As the clock was last said to be: mutes end by time. */
  now: string
  /** Where the stream goes on. */
  cursor: string | null
  channelsAfter: string | null
  notificationsAfter: string | null
  books: Readonly<Record<string, Book>>
  /** Events of channels that are not here yet, by channel: these are to be read. */
  early: Readonly<Record<string, readonly InboxEvent[]>>
  /** Channels that were closed to the viewer: by which version of their membership. */
  revoked: Readonly<Record<string, number>>
  /** People whose accounts are gone. */
  deleted: Readonly<Record<string, true>>
}

export const emptyBook: Book = { counted: null, doubts: 0, settled: 0, membersAfter: null, departed: {}, loading: 0, aside: {} }

export const emptyState: InboxState = {
  view: {
    status: { phase: 'connecting' },
    viewer: null,
    users: {},
    presence: {},
    channels: {},
    order: [],
    hasMoreChannels: false,
    notifications: [],
    hasMoreNotifications: false,
    unread: { channels: 0, messages: 0, mentions: 0 },
  },
  now: '',
  cursor: null,
  channelsAfter: null,
  notificationsAfter: null,
  books: {},
  early: {},
  revoked: {},
  deleted: {},
}

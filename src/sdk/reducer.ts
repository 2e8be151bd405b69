import { arranged, inRoom, waits, withChannel, withoutChannel } from './channels.ts'
import type {
  ChannelStateFragment,
  MembersQuery,
  MembershipFragment,
  MessageEventFragment,
  MessageFragment,
  MessagesQuery,
  ReceiptFragment,
  SnapshotQuery,
} from './documents.ts'
import type { Failure } from './errors.ts'
import { holds, messageOf } from './messages.ts'
import { withNotificationPage, withNotifications } from './notifications.ts'
import { meet, seen, signed, withoutUser, withPresence, withViewer } from './people.ts'
import { receiptOf } from './receipts.ts'
import * as room from './room.ts'
import type { InboxEvent, InboxState, PendingMessage, Presence, Room, Status } from './state.ts'

type Snapshot = NonNullable<SnapshotQuery['viewer']>

/** All that can happen to an inbox. What was read may be older than events that came meanwhile: versions decide. */
export type Action =
  | { type: 'event'; event: InboxEvent }
  | { type: 'snapshot'; snapshot: Snapshot; now: string }
  /** More channels; `isNext`: the page behind those that were read. */
  | { type: 'channels'; page: Snapshot['channels']; isNext: boolean }
  /** One channel; null where it is not for the viewer. `settles`: how many doubts there were when it was asked for. */
  | { type: 'channel'; channelId: string; channel: ChannelStateFragment | null; settles: number }
  /** A page of messages is under way … */
  | { type: 'loading'; channelId: string }
  /** … and here, or null where it could not be had. */
  | { type: 'messages'; channelId: string; page: NonNullable<MessagesQuery['channel']>['messages'] | null }
  | { type: 'members'; channelId: string; page: NonNullable<MembersQuery['channel']> }
  /** The viewer's own, as a mutation answered it. */
  | { type: 'membership'; channelId: string; membership: MembershipFragment }
  | { type: 'receipts'; receipts: readonly ReceiptFragment[] }
  | { type: 'presence'; people: readonly { id: string; presence: Presence }[] }
  | { type: 'notifications'; page: Snapshot['notifications'] }
  | { type: 'typingEnded'; channelId: string; userId: string }
  | { type: 'said'; message: PendingMessage }
  | { type: 'accepted'; channelId: string; clientId: string; message: MessageFragment }
  | { type: 'refused'; channelId: string; clientId: string; failure: Failure }
  | { type: 'retried'; channelId: string; clientId: string }
  | { type: 'discarded'; channelId: string; clientId: string }
  | { type: 'now'; now: string }
  | { type: 'status'; status: Status }

/** The one place where an inbox changes. No I/O and no clock: the same state and action make the same state. */
export function reduce(state: InboxState, action: Action): InboxState {
  switch (action.type) {
    case 'event':
      return moved(applied(state, action.event), action.event.cursor)
    case 'snapshot':
      return begun(state, action.snapshot, action.now)
    case 'channels':
      return paged(state, action.page, action.isNext)
    case 'channel':
      return released(action.channel ? withChannel(state, action.channel, action.settles) : state, action.channelId)
    case 'loading':
      return inRoom(state, action.channelId, room.loading)
    case 'messages':
      return withPage(state, action)
    case 'members':
      return withMembers(state, action)
    case 'membership':
      return withMembership(state, action.channelId, action.membership)
    case 'receipts':
      return action.receipts.reduce(
        (state, receipt) => inRoom(state, receipt.channelId, (held) => room.withReceipts(held, [receiptOf(receipt)])),
        state,
      )
    case 'presence':
      return action.people.reduce((state, { id, presence }) => withPresence(state, id, presence), state)
    case 'notifications':
      return withNotificationPage(state, action.page)
    case 'typingEnded':
      return inRoom(state, action.channelId, (held) => room.typing(held, action.userId, false))
    case 'said':
      return inRoom(state, action.message.channelId, (held) => room.withPending(held, action.message))
    case 'accepted':
      return accepted(state, action)
    case 'refused':
      return inRoom(state, action.channelId, (held) => room.pendingIs(held, action.clientId, { status: 'failed', failure: action.failure }))
    case 'retried':
      return inRoom(state, action.channelId, (held) => room.pendingIs(held, action.clientId, { status: 'sending', failure: null }))
    case 'discarded':
      return inRoom(state, action.channelId, (held) => room.pendingIs(held, action.clientId, null))
    case 'now':
      return arranged({ ...state, now: action.now })
    case 'status':
      return withStatus(state, action.status)
  }
}

const viewerOf = ({ view }: InboxState): string => view.viewer!.userId
const moved = (state: InboxState, cursor: string): InboxState =>
  state.cursor === cursor || !state.view.viewer ? state : { ...state, cursor }

/** One event of the stream. One that was applied already changes nothing, nor does one that is older than what is held. */
function applied(state: InboxState, event: InboxEvent): InboxState {
  const { viewer, channels } = state.view
  if (!viewer) return state
  if ('channelId' in event && event.__typename !== 'AccessRevoked' && !channels[event.channelId])
    return waits(state, event.channelId, event)
  switch (event.__typename) {
    case 'MessageAdded':
    case 'MessageChanged':
      return withMessage(state, event)
    case 'ReceiptUpdated':
      return inRoom(state, event.channelId, (held) => room.withReceipts(held, event.receipts.map(receiptOf)))
    case 'MembershipChanged':
      return withMembership(state, event.channelId, event.membership)
    case 'MemberLeft':
      return inRoom(state, event.channelId, (held) => room.without(held, event.userId, event.version))
    case 'AccessRevoked':
      return withoutChannel(state, event.channelId, event.version)
    case 'ChannelChanged':
      return inRoom(state, event.channelId, (held) => room.changed(held, event.channel))
    case 'UserChanged':
      return meet(state, [event.user])
    case 'UserDeleted':
      return withoutUser(state, event.userId)
    case 'NotificationAdded':
    case 'NotificationChanged':
      return withNotifications(state, [event.notification])
    case 'ViewerChanged':
      return withViewer(state, event.viewer)
    case 'TypingChanged':
      return inRoom(meet(state, [event.user]), event.channelId, (held) => room.typing(held, event.user.id, event.typing))
    case 'PresenceChanged':
      return withPresence(meet(state, [event.user]), event.user.id, event.presence)
    // StreamReady and ResyncRequired are for whoever follows the stream. What a newer server tells is skipped: only its cursor counts.
    default:
      return state
  }
}

type MessageNews = { __typename: 'MessageAdded' | 'MessageChanged'; channelId: string; message: MessageEventFragment }

function withMessage(state: InboxState, { __typename, channelId, message: given }: MessageNews): InboxState {
  const met = meet(state, [given.sender, given.replyTo?.sender])
  const viewerId = viewerOf(met)
  return inRoom(met, channelId, (held) => {
    const { messages, hasOlderMessages } = held.channel
    const before = holds({ messages, hasOlder: hasOlderMessages }, given.seq)
    const message = signed(messageOf(channelId, given, viewerId, before), met.deleted)
    if (__typename === 'MessageChanged') return room.withChange(held, message, viewerId)
    const isLater = message.seq > (messages.at(-1)?.seq ?? 0)
    const silent = isLater && message.senderId ? room.typing(held, message.senderId, false) : held
    return room.withMessages(silent, [message], null, viewerId)
  })
}

function withMembership(state: InboxState, channelId: string, membership: MembershipFragment): InboxState {
  const met = meet(state, [membership.user])
  const isOwn = membership.user.id === viewerOf(met)
  return inRoom(met, channelId, (held) => (isOwn ? room.withOwn(held, membership) : room.withMember(held, membership)))
}

function accepted(state: InboxState, { channelId, clientId, message }: Extract<Action, { type: 'accepted' }>): InboxState {
  const met = meet(state, [message.sender, message.replyTo?.sender])
  const viewerId = viewerOf(met)
  return inRoom(met, channelId, (held) =>
    room.accepted(held, clientId, signed(messageOf(channelId, message, viewerId), met.deleted), viewerId),
  )
}

// ─── What was read ───────────────────────────────────────────────────────────────────────────────────────────────

/** What was held may have changed unheard, so it goes; what one has said and nobody has answered stays. */
function begun(state: InboxState, { cursor, channels, notifications, ...viewer }: Snapshot, now: string): InboxState {
  const cleared = seen(state, { viewer: null, channels: {}, order: [], presence: {}, notifications: [] })
  const read = paged(withViewer({ ...cleared, books: {}, early: {}, cursor, now, channelsAfter: null }, viewer), channels, true)
  return Object.values(state.view.channels).reduce(
    (next, { id, pending }) => {
      const waiting = (held: Room) => room.settled({ ...held, channel: { ...held.channel, pending } })
      return pending.length === 0 ? next : inRoom(next, id, waiting)
    },
    withNotificationPage(read, notifications),
  )
}

function paged(state: InboxState, { edges, pageInfo }: Snapshot['channels'], isNext: boolean): InboxState {
  const read = edges.reduce((state, { node }) => released(withChannel(state, node), node.id), state)
  if (!isNext) return read
  const { hasNextPage: hasMoreChannels, endCursor } = pageInfo
  const next = { ...read, channelsAfter: endCursor ?? read.channelsAfter }
  return hasMoreChannels === next.view.hasMoreChannels ? next : seen(next, { hasMoreChannels })
}

/** The channel was read: what came before that counts now. */
function released(state: InboxState, channelId: string): InboxState {
  const { [channelId]: events, ...early } = state.early
  if (!events) return state
  const read = { ...state, early }
  return read.view.channels[channelId] ? events.reduce(applied, read) : read
}

function withPage(state: InboxState, { channelId, page }: Extract<Action, { type: 'messages' }>): InboxState {
  if (!page) return inRoom(state, channelId, room.loaded)
  const said = page.edges.map(({ node }) => node)
  const met = meet(
    state,
    said.flatMap(({ sender, replyTo }) => [sender, replyTo?.sender]),
  )
  const viewerId = viewerOf(met)
  return inRoom(met, channelId, (held) => {
    const messages = said.map((message) => signed(messageOf(channelId, message, viewerId), met.deleted))
    const isEmpty = messages.length === 0 && !page.pageInfo.hasPreviousPage
    const done = isEmpty
      ? { ...held, channel: { ...held.channel, hasOlderMessages: false } }
      : room.withMessages(held, messages, page.pageInfo.hasPreviousPage, viewerId)
    return room.loaded(done)
  })
}

function withMembers(state: InboxState, { channelId, page }: Extract<Action, { type: 'members' }>): InboxState {
  const people = page.members.edges.map(({ node }) => node.user)
  const met = people.reduce((state, { id, presence }) => withPresence(state, id, presence), meet(state, people))
  return inRoom(met, channelId, (held) => room.withMembers(held, page))
}

/** While it isn't connected nobody is known to be typing. */
function withStatus(state: InboxState, status: Status): InboxState {
  const { view } = state
  if (JSON.stringify(view.status) === JSON.stringify(status)) return state
  const quiet = (held: Room) => held.channel.typing.reduce((held, userId) => room.typing(held, userId, false), held)
  const still = status.phase === 'live' ? state : Object.keys(view.channels).reduce((state, id) => inRoom(state, id, quiet), state)
  return seen(still, { status })
}

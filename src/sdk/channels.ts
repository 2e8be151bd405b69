import type { ChannelStateFragment } from './documents.ts'
import { messageOf } from './messages.ts'
import { meet, seen, signed, withPresence } from './people.ts'
import * as room from './room.ts'
import { type Channel, emptyBook, type InboxEvent, type InboxState, type Room } from './state.ts'
import { nothingUnread } from './unread.ts'

// Which channels there are, and what is said of all of them together.

/** Changes one channel, and what follows from that: what is unread in it and in all, and the order. Of an unknown one nothing. */
export function inRoom(state: InboxState, channelId: string, change: (room: Room) => Room): InboxState {
  const channel = state.view.channels[channelId]
  const book = state.books[channelId]
  if (!channel || !book) return state
  const done = change({ channel, book })
  const { channel: shown, book: noted } = room.counted(done, state.view.viewer!.userId)
  const books = noted === book ? state.books : { ...state.books, [channelId]: noted }
  if (shown === channel) return books === state.books ? state : { ...state, books }
  return arranged({ ...seen(state, { channels: { ...state.view.channels, [channelId]: shown } }), books })
}

const activeAt = ({ messages, createdAt }: Channel): string => messages.at(-1)?.createdAt ?? createdAt
const byActivity = (one: Channel, other: Channel): number => {
  const [at, otherAt] = [activeAt(one), activeAt(other)]
  return at === otherAt ? (one.id < other.id ? -1 : 1) : at < otherAt ? 1 : -1
}

/** Whether a channel is quiet now. */
export const isMuted = ({ membership: { mutedUntil } }: Channel, now: string): boolean => mutedUntil !== null && mutedUntil > now

export function arranged(state: InboxState): InboxState {
  const { view, now } = state
  const channels = Object.values(view.channels)
    .filter(({ archivedAt }) => archivedAt === null)
    .toSorted(byActivity)
  const order = channels.map(({ id }) => id)
  const loud = channels.filter((channel) => channel.unread.messages > 0 && !isMuted(channel, now))
  const unread = {
    channels: loud.length,
    messages: loud.reduce((sum, { unread }) => sum + unread.messages, 0),
    mentions: channels.reduce((sum, { unread }) => sum + unread.mentions, 0),
  }
  const sameOrder = order.length === view.order.length && order.every((id, place) => id === view.order[place])
  const sameSum =
    unread.channels === view.unread.channels && unread.messages === view.unread.messages && unread.mentions === view.unread.mentions
  if (sameOrder && sameSum) return state
  return seen(state, { ...(!sameOrder && { order }), ...(!sameSum && { unread }) })
}

/** A channel as it was read. What is known of it already stays where that is newer. `settles`: the doubts when it was asked for. */
export function withChannel(state: InboxState, read: ChannelStateFragment, settles = 0): InboxState {
  const { peer, membership, lastMessage, lastSeq, memberCount, id, version, kind, name, topic, createdAt, archivedAt } = read
  if (!membership || membership.version <= (state.revoked[id] ?? 0)) return state
  const met = meet(peer ? withPresence(state, peer.id, peer.presence) : state, [
    peer,
    membership.user,
    lastMessage?.sender,
    lastMessage?.replyTo?.sender,
  ])
  const viewerId = state.view.viewer!.userId
  const fresh: Channel = {
    ...{ id, version, kind, name, topic, createdAt, archivedAt, memberCount },
    peerId: peer?.id ?? null,
    membership: { ...membership, version: 0 },
    members: {},
    hasMoreMembers: true,
    receipts: {},
    lastSeq: 0,
    messages: [],
    hasOlderMessages: lastSeq > 0,
    pending: [],
    unread: nothingUnread,
    typing: [],
  }
  const isKnown = met.view.channels[id] !== undefined
  const placed = isKnown
    ? met
    : { ...seen(met, { channels: { ...met.view.channels, [id]: fresh } }), books: { ...met.books, [id]: emptyBook } }
  const filled = inRoom(placed, id, (held) => {
    const { channel, book } = room.withOwn(room.changed(held, read), membership)
    const said = lastMessage && signed(messageOf(id, lastMessage, viewerId), state.deleted)
    const counted = {
      channel: { ...channel, ...(channel.hasMoreMembers && { memberCount }) },
      book: { ...book, settled: Math.max(book.settled, settles) },
    }
    const spoken = said ? room.withMessages(counted, [said], null, viewerId) : counted
    return { ...spoken, channel: { ...spoken.channel, lastSeq: Math.max(spoken.channel.lastSeq, lastSeq) } }
  })
  return arranged(filled)
}

export function withoutChannel(state: InboxState, channelId: string, version: number): InboxState {
  const channel = state.view.channels[channelId]
  if (version <= (state.revoked[channelId] ?? 0) || version < (channel?.membership.version ?? 0)) return state
  const { [channelId]: _channel, ...channels } = state.view.channels
  const { [channelId]: _book, ...books } = state.books
  const { [channelId]: _early, ...early } = state.early
  const revoked = { ...state.revoked, [channelId]: version }
  return arranged({ ...(channel ? seen(state, { channels }) : state), books, early, revoked })
}

const mostEarly = 1_000

/** An event of a channel that one came into, or that lies behind the first page: it is to be read, and this waits until then. */
export function waits(state: InboxState, channelId: string, event: InboxEvent): InboxState {
  if (event.__typename === 'TypingChanged') return state
  // They were in it, and are not any more: nothing of it follows, unless they come back.
  const revoked = state.revoked[channelId]
  if (revoked !== undefined && !state.early[channelId] && !(event.__typename === 'MembershipChanged' && event.membership.version > revoked))
    return state
  const early = [...(state.early[channelId] ?? []), event].slice(-mostEarly)
  return { ...state, early: { ...state.early, [channelId]: early } }
}

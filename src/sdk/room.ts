import type { ChannelFragment, MembersQuery, MembershipFragment } from './documents.ts'
import { holds, mergeInto, newest, withPreviews } from './messages.ts'
import { mergeReceipt, receiptOf } from './receipts.ts'
import type { Book, Channel, Message, PendingMessage, Receipt, Room } from './state.ts'
import { counts, isCovered, sameUnread, unreadAfter, unreadOf } from './unread.ts'

// What can happen in one channel. Each of these gives the same room where nothing is new.

const shows = (room: Room, change: Partial<Channel>): Room => ({ ...room, channel: { ...room.channel, ...change } })
const notes = (room: Room, change: Partial<Book>): Room => ({ ...room, book: { ...room.book, ...change } })

export const changed = (room: Room, { id, version, kind, name, topic, createdAt, archivedAt }: ChannelFragment): Room =>
  version > room.channel.version ? shows(room, { id, version, kind, name, topic, createdAt, archivedAt }) : room

/** Messages that follow on each other; `hasOlder`: whether there are some before them, null where that isn't known. */
export function withMessages(room: Room, page: readonly Message[], hasOlder: boolean | null, viewerId: string): Room {
  const { channel, book } = room
  const run = { messages: channel.messages, hasOlder: channel.hasOlderMessages }
  const current = page.map((message) => newest(message, book.aside[message.seq])!)
  const { messages, hasOlder: older } = mergeInto(run, current, hasOlder)
  if (messages === run.messages && older === run.hasOlder) return settled(room)
  const doubtful = current.reduce((room, message) => doubted(room, message, viewerId), room)
  const lastSeq = Math.max(channel.lastSeq, messages.at(-1)?.seq ?? 0)
  return settled(shows(doubtful, { messages, hasOlderMessages: older, lastSeq }))
}

/** A message that is not new. One that isn't held has no place here; but a page under way may bring it as it was before. */
export function withChange(room: Room, message: Message, viewerId: string): Room {
  const { channel, book } = room
  if (holds({ messages: channel.messages, hasOlder: true }, message.seq)) return withMessages(room, [message], null, viewerId)
  const messages = withPreviews(channel.messages, [message])
  const noted =
    book.loading > 0 ? notes(room, { aside: { ...book.aside, [message.seq]: newest(book.aside[message.seq], message)! } }) : room
  return doubted(messages === channel.messages ? noted : shows(noted, { messages }), message, viewerId)
}

/** What the server has counted as unread is doubtful once a message in it may count no longer, or name others. */
function doubted(room: Room, message: Message, viewerId: string): Room {
  const { channel, book } = room
  const { seq } = message
  if (!book.counted || seq > book.counted.upToSeq || seq <= unreadAfter(channel, viewerId) || isCovered(channel, viewerId)) return room
  const held = holds({ messages: channel.messages, hasOlder: true }, seq)
  const names = ({ mentionIds }: Message) => mentionIds.includes(viewerId)
  const isSame = held
    ? message.version <= held.version || (counts(held, viewerId) === counts(message, viewerId) && names(held) === names(message))
    : message.deletedAt === null && message.editedAt === null
  return isSame ? room : notes(room, { doubts: book.doubts + 1 })
}

export const loading = (room: Room): Room => notes(room, { loading: room.book.loading + 1 })
export const loaded = (room: Room): Room => {
  const loading = Math.max(0, room.book.loading - 1)
  return notes(room, { loading, ...(loading === 0 && { aside: {} }) })
}

// ─── What one says oneself ───────────────────────────────────────────────────────────────────────────────────────

export const withPending = (room: Room, message: PendingMessage): Room =>
  shows(room, { pending: [...room.channel.pending.filter(({ clientId }) => clientId !== message.clientId), message] })

export function pendingIs(room: Room, clientId: string, change: Partial<PendingMessage> | null): Room {
  const { pending } = room.channel
  if (!pending.some((message) => message.clientId === clientId)) return room
  return shows(room, {
    pending: pending.flatMap((message) => (message.clientId !== clientId ? [message] : change ? [{ ...message, ...change }] : [])),
  })
}

/** The server has stored it. It waits at the end where messages before it are still to come. */
export function accepted(room: Room, clientId: string, message: Message, viewerId: string): Room {
  const sent = pendingIs(room, clientId, { status: 'sent', seq: message.seq, failure: null })
  const end = room.channel.messages.at(-1)?.seq ?? room.channel.lastSeq
  return message.seq > end + 1 ? sent : withMessages(sent, [message], null, viewerId)
}

/** What has its place among the messages isn't pending any more. */
export function settled(room: Room): Room {
  const { pending, messages } = room.channel
  if (pending.length === 0) return room
  const end = messages.at(-1)?.seq ?? 0
  const placed = new Set(messages.map(({ clientId }) => clientId))
  const left = pending.filter(({ clientId, seq }) => !placed.has(clientId) && (seq === null || seq > end))
  return left.length === pending.length ? room : shows(room, { pending: left })
}

// ─── Who is in it ────────────────────────────────────────────────────────────────────────────────────────────────

export function withReceipts(room: Room, receipts: readonly Receipt[]): Room {
  const { channel, book } = room
  const held = { ...channel.receipts }
  for (const receipt of receipts)
    if (book.departed[receipt.userId] === undefined) held[receipt.userId] = mergeReceipt(held[receipt.userId], receipt)
  return receipts.every(({ userId }) => held[userId] === channel.receipts[userId]) ? room : shows(room, { receipts: held })
}

const inFull = ({ members, hasMoreMembers, memberCount }: Pick<Channel, 'members' | 'hasMoreMembers' | 'memberCount'>) => ({
  members,
  memberCount: hasMoreMembers ? memberCount : Object.keys(members).length,
})

type Joined = Pick<MembershipFragment, 'version' | 'role' | 'joinedAt' | 'receipt'> & { user: { id: string } }

export function withMember(room: Room, { version, role, joinedAt, user, receipt }: Joined): Room {
  const { channel, book } = room
  const { [user.id]: gone = 0, ...departed } = book.departed
  if (version <= gone) return room
  const back = gone === 0 ? room : notes(room, { departed })
  const isNew = version > (channel.members[user.id]?.version ?? 0)
  const member = { userId: user.id, version, role, joinedAt }
  const seated = isNew ? shows(back, inFull({ ...channel, members: { ...channel.members, [user.id]: member } })) : back
  return withReceipts(seated, [receiptOf(receipt)])
}

/** The viewer's own membership, with what the server counts as unread. */
export function withOwn(room: Room, membership: MembershipFragment): Room {
  const held = room.channel.membership
  const { version, role, joinedAt, notificationLevel, mutedUntil, unreadFrom, unread } = membership
  if (version < held.version) return room
  const own =
    version > held.version ? shows(room, { membership: { version, role, joinedAt, notificationLevel, mutedUntil, unreadFrom } }) : room
  const { counted } = room.book
  const isLater =
    version > held.version || !counted || (unread !== null && unread.upToSeq >= counted.upToSeq && unread.afterSeq >= counted.afterSeq)
  return withMember(unread && isLater ? notes(own, { counted: unread }) : own, membership)
}

export function without(room: Room, userId: string, version: number): Room {
  const { channel, book } = room
  if (version <= (book.departed[userId] ?? 0) || version < (channel.members[userId]?.version ?? 0)) return room
  const { [userId]: _member, ...members } = channel.members
  const { [userId]: _receipt, ...receipts } = channel.receipts
  const gone = notes(typing(room, userId, false), { departed: { ...book.departed, [userId]: version } })
  return shows(gone, { ...inFull({ ...channel, members }), receipts })
}

export function withMembers(room: Room, { memberCount, members: { edges, pageInfo } }: NonNullable<MembersQuery['channel']>): Room {
  const joined = edges.reduce((room, { node }) => withMember(room, node), room)
  const { hasNextPage: hasMoreMembers, endCursor } = pageInfo
  const paged = notes(joined, { membersAfter: endCursor ?? joined.book.membersAfter })
  return shows(paged, { hasMoreMembers, ...inFull({ ...paged.channel, hasMoreMembers, memberCount }) })
}

export function typing(room: Room, userId: string, begins: boolean): Room {
  const { typing } = room.channel
  if (typing.includes(userId) === begins) return room
  return shows(room, { typing: begins ? [...typing, userId] : typing.filter((id) => id !== userId) })
}

/** What is unread follows from all the rest. Where it can't be told, the last that was known stays, and it is to be asked for. */
export function counted(room: Room, viewerId: string): Room {
  const { channel, book } = room
  const unread = unreadOf(channel, book.counted, viewerId)
  if (!unread) return book.doubts > book.settled ? room : notes(room, { doubts: book.doubts + 1 })
  return sameUnread(unread, channel.unread) ? room : shows(room, { unread })
}

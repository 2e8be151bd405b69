import type { Book, Channel, Message, Unread } from './state.ts'

export const nothingUnread: Unread = { messages: 0, mentions: 0, firstUnreadSeq: null }

/** What counts: what others said, and is still there. */
export const counts = ({ kind, deletedAt, senderId }: Message, viewerId: string): boolean =>
  kind === 'TEXT' && deletedAt === null && senderId !== viewerId

function count(messages: readonly Message[], afterSeq: number, viewerId: string): Unread {
  const counted = messages.filter((message) => message.seq > afterSeq && counts(message, viewerId))
  if (counted.length === 0) return nothingUnread
  return {
    messages: counted.length,
    mentions: counted.filter(({ mentionIds }) => mentionIds.includes(viewerId)).length,
    firstUnreadSeq: counted[0]!.seq,
  }
}

type Parts = Pick<Channel, 'membership' | 'receipts' | 'messages' | 'hasOlderMessages' | 'lastSeq'>

/** Behind which message one counts. */
export const unreadAfter = ({ membership: { unreadFrom }, receipts }: Parts, viewerId: string): number =>
  unreadFrom === null ? (receipts[viewerId]?.readSeq ?? 0) : unreadFrom - 1

/** Whether all that may count is held. */
export const isCovered = (parts: Parts, viewerId: string): boolean => {
  const after = unreadAfter(parts, viewerId)
  const [first] = parts.messages
  return after >= parts.lastSeq || (first !== undefined && (first.seq <= after + 1 || !parts.hasOlderMessages))
}

/**
 * What is unread, as the server would count it: of what is held where that is all, else by what the server counted and what came
 * since. Null where neither is possible: then it has to be asked.
 */
export function unreadOf(parts: Parts, counted: Book['counted'], viewerId: string): Unread | null {
  const after = unreadAfter(parts, viewerId)
  if (after >= parts.lastSeq) return nothingUnread
  if (isCovered(parts, viewerId)) return count(parts.messages, after, viewerId)
  if (!counted || counted.afterSeq < after) return null
  const since = count(parts.messages, counted.upToSeq, viewerId)
  return {
    messages: counted.messages + since.messages,
    mentions: counted.mentions + since.mentions,
    firstUnreadSeq: counted.firstUnreadSeq ?? since.firstUnreadSeq,
  }
}

export const sameUnread = (one: Unread, other: Unread): boolean =>
  one.messages === other.messages && one.mentions === other.mentions && one.firstUnreadSeq === other.firstUnreadSeq

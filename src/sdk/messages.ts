import type { MessageEventFragment, MessageFragment } from './documents.ts'
import type { Message } from './state.ts'

/** As the store keeps it. In events those who reacted are named, up to 100; past that it is as it was known before. */
export function messageOf(
  channelId: string,
  { sender, mentions, replyTo, reactions, ...body }: MessageFragment | MessageEventFragment,
  viewerId: string,
  held?: Message,
): Message {
  const reacted = (reaction: (MessageFragment | MessageEventFragment)['reactions'][number]): boolean => {
    if ('viewerReacted' in reaction) return reaction.viewerReacted
    if (reaction.users.some(({ id }) => id === viewerId)) return true
    return reaction.count > reaction.users.length && held?.reactions.find(({ emoji }) => emoji === reaction.emoji)?.viewerReacted === true
  }
  return {
    ...body,
    channelId,
    senderId: sender?.id ?? null,
    mentionIds: mentions.map(({ id }) => id),
    replyTo: replyTo && {
      id: replyTo.id,
      seq: replyTo.seq,
      version: replyTo.version,
      text: replyTo.text,
      senderId: replyTo.sender?.id ?? null,
    },
    reactions: reactions.map((reaction) => ({ emoji: reaction.emoji, count: reaction.count, viewerReacted: reacted(reaction) })),
  }
}

/** Messages in the order of seq without holes, up to the newest that is known. */
export type Run = { messages: readonly Message[]; hasOlder: boolean }

export const holds = ({ messages }: Run, seq: number): Message | undefined => messages[seq - (messages[0]?.seq ?? 0)]

/**
 * Takes in messages that follow on each other. Of two states of one the higher version stays; what would leave a hole is not taken.
 * `hasOlder`: whether there are some before them, null where that isn't known.
 */
export function mergeInto(run: Run, page: readonly Message[], hasOlder: boolean | null): Run {
  if (page.length === 0) return run
  const [first, last] = [page[0]!.seq, page.at(-1)!.seq]
  const start = run.messages[0]?.seq ?? first
  const end = run.messages.at(-1)?.seq ?? first - 1
  if (last < start - 1) return run
  // Newer by more than one: between lies what isn't known. What is older can be loaded again.
  if (first > end + 1) return { messages: page, hasOlder: hasOlder ?? true }
  const merged: Message[] = []
  let changed = false
  for (let seq = Math.min(first, start); seq <= Math.max(last, end); seq++) {
    const [held, given] = [holds(run, seq), page[seq - first]]
    const newer = given && (!held || given.version > held.version)
    changed ||= newer === true
    merged.push(newer ? given : held!)
  }
  const older = hasOlder !== null && first <= start ? hasOlder : run.hasOlder && Math.min(first, start) > 1
  if (!changed && older === run.hasOlder) return run
  return { messages: changed ? withPreviews(merged, page) : run.messages, hasOlder: older }
}

/** What a reply shows of the message it answers is as new as what is known of that. */
export function withPreviews(messages: readonly Message[], known: readonly Message[]): readonly Message[] {
  const bySeq = new Map(known.map((message) => [message.seq, message]))
  let changed = false
  const start = messages[0]?.seq ?? 0
  const updated = messages.map((message) => {
    const { replyTo } = message
    const target = replyTo && newest(messages[replyTo.seq - start], bySeq.get(replyTo.seq))
    if (!replyTo || !target || target.version <= replyTo.version) return message
    changed = true
    return { ...message, replyTo: { ...replyTo, version: target.version, text: target.text, senderId: target.senderId } }
  })
  return changed ? updated : messages
}

export const newest = (one: Message | undefined, other: Message | undefined): Message | undefined =>
  one && other ? (other.version > one.version ? other : one) : (one ?? other)

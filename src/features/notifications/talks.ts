import type { Listener, Place } from './facts.store.ts'

/** A message, and who is told of it by name. */
export type Gathered = Place & { byName: string[] }

/** What was said in a channel, in order, and which of it is nothing to tell somebody here: their own, and what they are told of by name. */
export type Talk = { seqs: number[]; known: Map<string, Set<number>> }

export const placeOf = ({ channelId, seq }: Place): string => `${channelId}:${seq}`

/** `messages`: those of them that are still there, in order. */
export function talksOf(messages: readonly (Place & { senderId: string })[], gathered: readonly Gathered[]): Map<string, Talk> {
  const named = new Map(gathered.map((one) => [placeOf(one), one.byName]))
  const talks = new Map<string, Talk>()
  for (const { channelId, seq, senderId } of messages) {
    const talk = talks.get(channelId) ?? { seqs: [], known: new Map<string, Set<number>>() }
    talks.set(channelId, talk)
    talk.seqs.push(seq)
    for (const userId of [senderId, ...named.get(placeOf({ channelId, seq }))!]) {
      const own = talk.known.get(userId)
      if (own) own.add(seq)
      else talk.known.set(userId, new Set([seq]))
    }
  }
  return talks
}

/** The newest message that is news to them, and how many are. Costs nothing for each message but those they know. */
export function newsOf(listener: Listener, { seqs, known }: Talk): (Listener & { seq: number; messages: number })[] {
  const own = known.get(listener.userId) ?? new Set()
  const from = firstAfter(seqs, listener.afterSeq)
  const messages = seqs.length - from - [...own].filter((seq) => seq > listener.afterSeq).length
  if (messages === 0) return []
  return [{ ...listener, seq: seqs.findLast((seq) => !own.has(seq))!, messages }]
}

/** Where those begin that are greater. */
function firstAfter(ordered: readonly number[], than: number): number {
  let [low, high] = [0, ordered.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ordered[middle]! > than) high = middle
    else low = middle + 1
  }
  return low
}

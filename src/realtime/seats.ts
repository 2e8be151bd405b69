import { isChannelTopic } from '../kernel/topics.ts'
import type { Feed, Happening, TopicState } from '../ports/feed.ts'
import type { Sink } from './sink.ts'

/**
 * `from`: the first entry they may see. `fence`: that of the topic when it was last known that this person may listen. `version`: of how
 * they stood to it when they came; 0 where it isn't known yet. `nth`: counts those who came.
 *
 * `unasked`: from this entry on what is the same for everyone goes straight to `take`, whether the sink wants it isn't asked; `told`: the
 * last one that did.
 */
export type Seat = {
  from: number
  readonly nth: number
  unasked: number
  take: (answer: string) => void
  told: number
  readonly sink: Sink
  fence: number
  readonly version: number
}

/** Before it was ever looked at. */
const unknown = -1
/** Behind every entry. So small that V8 keeps it within a seat: seats are looked at whenever something is told. */
export const never = 2 ** 31 - 1
const notYet = () => {}

/** Nothing waits there any more: what is new and the same for everyone goes straight to `take`, from this entry on. */
export function askNoMore(seat: Seat, from: number, take: Seat['take']): void {
  seat.unasked = from
  seat.take = take
}

/** Who listens to a topic, by what they ask; and the fence, which keeps from whoever left what was written after that. */
export function createSeats({ name, feed }: { name: string; feed: Pick<Feed, 'topic'> }) {
  const bySelection = new Map<string, Map<Sink, Seat>>()
  /** The lowest fence of all seats. */
  let checked = Infinity
  let came = 0

  /** Others are somebody's own, or about somebody: nobody is put out of them. */
  const hasMembers = isChannelTopic(name)
  const people = () => new Set([...bySelection.values()].flatMap((seats) => [...seats.keys()].map(({ viewer }) => viewer.userId)))

  function leave(sink: Sink): void {
    const { key } = sink.selection
    const seats = bySelection.get(key)
    seats?.delete(sink)
    if (seats?.size === 0) bySelection.delete(key)
    if (bySelection.size === 0) checked = Infinity
  }

  function putOut(sink: Sink, version: number): void {
    leave(sink)
    sink.evicted(name, version)
  }

  function review(seat: Seat, state: TopicState | null): void {
    const { sink } = seat
    const stand = state?.people.get(sink.viewer.userId)
    if (!state || state.isGone || !stand?.isThere) return putOut(sink, stand?.version ?? seat.version)
    seat.fence = state.fence
    if (seat.from === stand.from) return
    seat.from = stand.from
    sink.movedTo?.(stand.from)
  }

  return {
    /** Those who ask alike, each group at a time. What is done with one of them may change who is there. */
    groups: (): ReadonlyMap<Sink, Seat>[] => [...bySelection.values()],
    /** Who came last. Whoever comes while something is told is not told it: nobody looked whether they may have it. */
    newest: (): number => came,
    isEmpty: () => bySelection.size === 0,
    has: (sink: Sink): boolean => bySelection.get(sink.selection.key)?.has(sink) ?? false,
    leave,

    /** They may see what is at `from` or behind it; `fence`: the topic's when that was read. Joining again says both anew. */
    join(sink: Sink, from: number, fence: number = unknown, version = 0): Seat {
      const seats = bySelection.get(sink.selection.key) ?? new Map<Sink, Seat>()
      const nth = seats.get(sink)?.nth ?? ++came
      const seat: Seat = { from, nth, unasked: never, take: notYet, told: 0, sink, fence, version }
      bySelection.set(sink.selection.key, seats.set(sink, seat))
      checked = Math.min(checked, fence)
      return seat
    },

    /** This person is out, as of this version of how they stand. It may be heard late, and they may be back. */
    evict(userId: string, version: number): void {
      if (!hasMembers) return
      for (const seats of bySelection.values())
        for (const seat of seats.values()) if (seat.sink.viewer.userId === userId && seat.version < version) putOut(seat.sink, version)
    },

    /**
     * Whoever left before this was written is not to have it, even where their leaving is heard late, or never: once a fence is higher
     * than those of the seats, who may listen is read anew.
     */
    async keepFence({ fence: behind = unknown }: Pick<Happening, 'fence'>): Promise<void> {
      if (!hasMembers || behind <= checked) return
      const asked = people()
      if (asked.size === 0) return
      const state = await feed.topic(name, [...asked])
      checked = Infinity
      for (const seats of bySelection.values())
        for (const seat of seats.values()) {
          // Whoever came meanwhile wasn't asked about, or not as they stand now.
          const { userId } = seat.sink.viewer
          if (!asked.has(userId) || (state?.people.get(userId)?.version ?? Infinity) < seat.version) checked = Math.min(checked, seat.fence)
          else review(seat, state)
        }
      if (state) checked = Math.min(checked, state.fence)
    },

    /** More happened than could be told. */
    lost(isOver = false): void {
      for (const seats of [...bySelection.values()]) for (const sink of [...seats.keys()]) sink.lost(isOver)
    },
  }
}

export type Seats = ReturnType<typeof createSeats>

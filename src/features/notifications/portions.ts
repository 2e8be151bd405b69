import type { Queries } from '../../ports/database.ts'
import type { NotifierStore, Progress } from './notifier.store.ts'
import type { Place } from './facts.store.ts'

type Window = Progress & { until: string }
type Read = { places: Place[]; isWhole: boolean }

/** At no place within a window. */
export const whole = { until: null, afterChannel: null, afterSeq: null }

/**
 * What was said, portion by portion. The places of a window are read many at once and stay known for the next portions: a backlog isn't
 * read through for each of them. What is in a window doesn't change, so it doesn't matter what other nodes do meanwhile.
 */
export function createPortions({ store, placesAtOnce }: { store: Pick<NotifierStore, 'sent'>; placesAtOnce: number }) {
  /** From the places where the last portion began and ended: it may have to be tried again. */
  let known = new Map<string, Read>()

  /** At most so many behind the place, and how far it is with them. */
  return async function portion(window: Window, most: number, within: Queries): Promise<{ said: Place[]; to: Progress }> {
    const name = nameOf(window)
    const read = known.get(name) ?? (await readFrom(window, Math.max(most, placesAtOnce), within))
    const said = read.places.slice(0, most)
    const rest = { places: read.places.slice(most), isWhole: read.isWhole }
    const last = said.at(-1)
    const isLast = rest.isWhole && rest.places.length === 0
    const to = isLast || !last ? { since: window.until, ...whole } : { ...window, afterChannel: last.channelId, afterSeq: last.seq }
    known = new Map([[name, read]])
    if (rest.places.length > 0) known.set(nameOf(to), rest)
    return { said, to }
  }

  async function readFrom(window: Window, most: number, within: Queries): Promise<Read> {
    const places = await store.sent(window, most, within)
    return { places, isWhole: places.length < most }
  }
}

const nameOf = ({ since, until, afterChannel, afterSeq }: Progress): string => JSON.stringify([since, until, afterChannel, afterSeq])

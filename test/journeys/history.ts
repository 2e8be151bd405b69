/** What senders, readers and whoever makes faults saw, in the order of time. A message is known by its channel and number. */
export type Fact =
  | { type: 'sending'; key: string; by: string; channel: string; text: string }
  | { type: 'acknowledged'; key: string; seq: number; replayed: boolean; node: string }
  /** What became of an attempt isn't known; it is tried again. */
  | { type: 'unknown'; key: string; node: string; why: string }
  /** Nothing was answered, not even an error, for so long that it can't be right. */
  | { type: 'silence'; key: string; node: string; ms: number }
  | { type: 'refused'; key: string; code: string }
  | { type: 'abandoned'; key: string }
  | { type: 'edited'; channel: string; seq: number; version: number; text: string }
  /** `after`: the number behind which it listens, for each of its channels. */
  | { type: 'reader'; reader: string; kind: ReaderKind; person: string; after: Record<string, number> }
  | { type: 'opened'; reader: string; session: number; node: string }
  | {
      type: 'got'
      reader: string
      session: number
      event: 'added' | 'changed'
      channel: string
      seq: number
      version: number
      text: string
    }
  | { type: 'resync'; reader: string; reason: string }
  | { type: 'broken'; reader: string; session: number; why: string }
  /** It was told that the channel is closed to it. */
  | { type: 'told'; reader: string; channel: string; how: string }
  /** Acknowledged. `seq`: the number it took in the channel. */
  | { type: 'removed'; person: string; channel: string; seq: number }
  | { type: 'fault'; what: string }
  /** How long a message may take at most, from its acknowledgement to a reader that is connected, but for those at one node. */
  | { type: 'limit'; ms: number; butAt?: string }
  /** What is in the database in the end. `key` is null for the server's own. */
  | { type: 'stored'; channel: string; seq: number; version: number; key: string | null; text: string }

export type ReaderKind = 'channel' | 'inbox'

/** `at`: milliseconds since the beginning. */
export type Entry = Fact & { at: number }

export function createHistory() {
  const began = performance.now()
  const entries: Entry[] = []
  return {
    entries,
    add: (fact: Fact): void => void entries.push({ at: Math.round(performance.now() - began), ...fact }),
  }
}

export type History = ReturnType<typeof createHistory>

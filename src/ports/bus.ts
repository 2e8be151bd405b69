/**
 * How nodes hear of what happened elsewhere, fast and without promise: a message may be lost, never repeated or reordered within
 * a topic by the bus itself. Whoever must not miss anything reads the database again (on `onGap`, and in a sweep).
 *
 * Payloads are JSON values: a Date arrives as a string, what is undefined doesn't arrive. The publisher's own process gets a
 * parsed copy, too. It is parsed once and shared by all listeners of a process: they must not change it.
 */
export type Bus = {
  /** Resolves when the bus has taken it, or has failed to: failures are counted, and logged once an outage, never thrown. */
  publish(topic: string, payload: unknown): Promise<void>
  /**
   * Resolves once everything published from now on will be heard; a bus that is away now is waited for in the background, and
   * `onGap` follows. The returned function ends it and may be called twice; nothing is heard after it, not even what was under
   * way. A throwing listener harms nobody else.
   */
  subscribe(topic: string, listener: (payload: unknown) => void): Promise<() => void>
  /** Called after every time in which messages may have been lost, as soon as they are heard again. Returns how to stop. */
  onGap(listener: () => void): () => void
  /** False while messages may be getting lost. */
  healthy(): boolean
  /** What happened since the start. */
  stats(): BusStats
  /** Ends every subscription. From then on nothing is heard, and what is published goes nowhere. */
  close(): Promise<void>
}

export type BusStats = {
  /** Messages that the bus has taken, and those it failed to take. */
  published: number
  failed: number
  /** Messages that reached a listener here. */
  heard: number
  gaps: number
  /** Topics with a listener here, now. */
  topics: number
}

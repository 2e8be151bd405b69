/**
 * How nodes hear of what happened elsewhere, fast and without promise: a message may be lost, never repeated or reordered within
 * a topic by the bus itself. Whoever must not miss anything reads the database again (on `onGap`, and in a sweep).
 *
 * Payloads are JSON values; every subscriber, the publisher's own process included, gets a parsed copy.
 */
export type Bus = {
  /** Resolves when the bus has taken it, or has failed to: a failure is logged and counted, never thrown. */
  publish(topic: string, payload: unknown): Promise<void>
  /**
   * Resolves once everything published from now on will be heard; a bus that is away now is waited for in the background, and
   * `onGap` follows. The returned function ends it and may be called twice. A throwing listener harms nobody else.
   */
  subscribe(topic: string, listener: (payload: unknown) => void): Promise<() => void>
  /** Called after every time in which messages may have been lost (reconnect, missed heartbeat). Returns how to stop. */
  onGap(listener: () => void): () => void
  /** False while messages may be getting lost. */
  healthy(): boolean
  close(): Promise<void>
}

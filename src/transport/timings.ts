/** What the transport waits for, in milliseconds. Tests shorten it. */
export const timings = {
  /** Slow senders: until a request's headers, and until all of it, must have arrived; how often that is looked at. */
  headers: 10_000,
  request: 15_000,
  connectionsCheck: 2_000,
  /** Longer than the usual proxy keeps idle connections, so that a request never meets a connection that is closing. */
  keepAlive: 65_000,
  /** Between two pings of a socket; one that has not answered by the next is dead. */
  ping: 12_000,
  /** Between two questions to the database which sessions of the open sockets are still alive. */
  sessionSweep: 1_000,
  /** How long an answer about readiness is good for. */
  readiness: 1_000,
  /** What a closing socket gets to finish the queries and mutations that are under way. */
  socketGrace: 250,
  /** Going down: over how long the sockets are closed, and when whatever is still open is cut off. */
  drainSpread: 3_000,
  drain: 8_000,
}

export type Timings = typeof timings

/** Writes to so many sockets in one go; then others have their turn. */
const atOnce = 500

/**
 * What is written to a socket within a turn of the event loop goes out together at its end: one write for a socket, however many
 * answers that is. Where more happens than can be written in a turn, each write takes more along, so that the next is cheaper.
 */
export function createOutflow() {
  let waiting: (() => void)[] = []

  function run(): void {
    const now = waiting.splice(0, atOnce)
    if (waiting.length > 0) setImmediate(run)
    for (const write of now) write()
  }

  return {
    /** Calls it soon, after what was handed in before. */
    soon(write: () => void): void {
      if (waiting.push(write) === 1) setImmediate(run)
    },
  }
}

export type Outflow = ReturnType<typeof createOutflow>

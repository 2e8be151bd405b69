export type RetryOptions = {
  /** The longest first wait. Each further one may be twice as long. */
  firstMs?: number
  /** No wait is longer. */
  mostMs?: number
}

export type Retry = ReturnType<typeof createRetry>

/**
 * Waits between tries, for ever, with full jitter: from nothing to twice as long as the last time, so that many who lost the same
 * server don't come back at once. A browser that is online again, or shows the page again, doesn't wait to the end.
 */
export function createRetry({ firstMs = 500, mostMs = 30_000 }: RetryOptions = {}) {
  let tries = 0
  const waiting = new Set<() => void>()
  const wake = () => [...waiting].forEach((go) => go())
  const page = globalThis as Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>> & { document?: { hidden: boolean } }
  const turned = () => page.document?.hidden || wake()
  page.addEventListener?.('online', wake)
  page.addEventListener?.('visibilitychange', turned)

  return {
    /** Calls back once, when it is time; returns how to call it off. */
    after(again: () => void, atLeastMs = 0): () => void {
      const span = Math.min(mostMs, firstMs * 2 ** Math.min(tries++, 16))
      const stop = () => {
        clearTimeout(timer)
        waiting.delete(go)
      }
      const go = () => {
        stop()
        again()
      }
      const timer = setTimeout(go, atLeastMs + Math.random() * span)
      waiting.add(go)
      return stop
    },
    /** It works again: the next wait is a short one. */
    reset: () => void (tries = 0),
    /** Whoever waits goes now. */
    wake,
    end() {
      page.removeEventListener?.('online', wake)
      page.removeEventListener?.('visibilitychange', turned)
      waiting.clear()
    },
  }
}

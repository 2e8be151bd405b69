export type Listeners<Value> = {
  add(listener: (value: Value) => void): () => void
  /** Calls each. One that throws is reported, and the others are called all the same. */
  call(value: Value): void
  readonly size: number
}

/** Who listens in this process. One that ends itself or another while they are being called is safe to do so. */
export function createListeners<Value>(report: (error: unknown) => void): Listeners<Value> {
  const entries = new Set<{ listener: (value: Value) => void }>()
  return {
    add(listener) {
      const entry = { listener }
      entries.add(entry)
      return () => void entries.delete(entry)
    },
    call(value) {
      const present = [...entries]
      for (const entry of present) {
        if (!entries.has(entry)) continue
        try {
          entry.listener(value)
        } catch (error) {
          report(error)
        }
      }
    },
    get size() {
      return entries.size
    },
  }
}

import type { Bus } from '../ports/bus.ts'
import type { Log } from '../ports/log.ts'
import { createListeners, type Listeners } from './bus-listeners.ts'

/** The bus of a server that is alone. */
export function createBusMemory({ log }: { log: Log }): Bus {
  const topics = new Map<string, Listeners<unknown>>()
  const stats = { published: 0, failed: 0, heard: 0 }
  let closed = false

  const deliver = (topic: string, text: string) => {
    const listeners = topics.get(topic)
    if (!listeners) return
    stats.heard++
    listeners.call(JSON.parse(text))
  }

  return {
    async publish(topic, payload) {
      if (closed) return
      try {
        const text = JSON.stringify(payload) ?? 'null'
        stats.published++
        queueMicrotask(() => deliver(topic, text))
      } catch (error) {
        stats.failed++
        log.error('A message for the bus is not JSON.', { topic, error })
      }
    },

    async subscribe(topic, listener) {
      if (closed) return () => {}
      const listeners =
        topics.get(topic) ?? createListeners<unknown>((error) => log.error('A listener of the bus threw.', { topic, error }))
      topics.set(topic, listeners)
      const remove = listeners.add(listener)
      return () => {
        remove()
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic)
      }
    },

    onGap: () => () => {},
    healthy: () => !closed,
    stats: () => ({ ...stats, gaps: 0, topics: topics.size }),

    async close() {
      closed = true
      topics.clear()
    },
  }
}

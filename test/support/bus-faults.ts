import type { World } from './world.ts'

/** What becomes of a message: how often it arrives, and after which time. */
export type Fate = { times?: number; afterMs?: number }

/** From now on the bus of this world treats what is published so. Returns how to mend it. */
export function spoil({ app: { bus } }: World, fate: (topic: string, payload: { type: string }) => Fate): () => void {
  const { publish } = bus
  bus.publish = async (topic, payload) => {
    const { times = 1, afterMs = 0 } = fate(topic, payload as { type: string })
    for (let time = 0; time < times; time++) {
      if (afterMs === 0) await publish(topic, payload)
      else setTimeout(() => void publish(topic, payload), afterMs)
    }
  }
  return () => void (bus.publish = publish)
}

import { randomUUID } from 'node:crypto'
import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { Bus } from '../ports/bus.ts'
import type { Log } from '../ports/log.ts'
import { createListeners, type Listeners } from './bus-listeners.ts'
import { createPulse } from './bus-pulse.ts'
import { connectRedis, isTimeout } from './redis.ts'
import { createRedisSubscriber } from './redis-subscriber.ts'

type Options = {
  url: string
  log: Log
  /** In front of every channel's name. Redis does not part channels by database, so its number is added. */
  prefix?: string
  heartbeatMs?: number
}

type Topic = { listeners: Listeners<unknown>; subscribed: Promise<number> }

/** How many messages may be on their way to Redis. */
const mostUnderWay = 10_000

/**
 * The bus between nodes. A subscriber doesn't notice that the network swallows everything, nor that Redis dropped it for being
 * slow: so a heartbeat of ours goes through Redis, and whatever breaks it makes a gap.
 */
export function createBusRedis({ url, log, prefix = 'parley', heartbeatMs = 1_000 }: Options): Bus {
  const publisher = connectRedis({ url, name: `${prefix}:publisher`, log })
  const subscription = connectRedis({ url, name: `${prefix}:subscriber`, log })
  const subscriber = createRedisSubscriber(subscription, { established: () => proceed(), lost: () => doubt() })
  const engine = new RedisPubSub({ publisher: publisher.client, subscriber: subscriber.client, serializer: String })

  const channel = (topic: string) => `${prefix}:${publisher.client.options.db ?? 0}:${topic}`
  const heartbeat = channel(`heartbeat:${randomUUID()}`)
  const topics = new Map<string, Topic>()
  const gapListeners = createListeners<void>((error) => log.error('A listener of the bus threw.', { topic: 'gap', error }))
  const stats = { published: 0, failed: 0, heard: 0, gaps: 0 }
  let underWay = 0
  let missing = false
  let closed = false

  const pulse = createPulse({
    everyMs: heartbeatMs,
    ready: () => subscriber.established() && publisher.client.status === 'ready',
    send: (beat) => void send(heartbeat, String(beat)),
    onDeaf() {
      log.warn('The bus is deaf: its own heartbeat does not come back. Connecting anew.')
      subscriber.renew()
    },
    onWhole() {
      if (!missing) return
      missing = false
      stats.gaps++
      gapListeners.call()
    },
  })
  const doubt = () => {
    missing = true
    pulse.doubt()
  }
  const proceed = () => {
    pulse.restart()
    pulse.beat()
  }
  publisher.client.on('close', doubt)
  publisher.client.on('ready', proceed)
  void engine.subscribe(heartbeat, pulse.hear)

  /** Whether Redis took it. */
  const send = async (to: string, text: string): Promise<boolean> => {
    if (underWay >= mostUnderWay) return false
    underWay++
    try {
      await publisher.tried
      await engine.publish(to, text)
      return true
    } catch (error) {
      if (!closed && isTimeout(error)) publisher.renew()
      return false
    } finally {
      underWay--
    }
  }

  const open = (topic: string): Topic => {
    const listeners = createListeners<unknown>((error) => log.error('A listener of the bus threw.', { topic, error }))
    const hear = (payload: unknown) => {
      if (closed || listeners.size === 0) return
      stats.heard++
      listeners.call(payload)
    }
    const opened = { listeners, subscribed: engine.subscribe(channel(topic), hear) }
    topics.set(topic, opened)
    return opened
  }
  const leave = async (topic: string, opened: Topic) => {
    if (opened.listeners.size > 0 || topics.get(topic) !== opened) return
    topics.delete(topic)
    engine.unsubscribe(await opened.subscribed)
  }

  return {
    async publish(topic, payload) {
      if (closed) return
      let text: string
      try {
        text = JSON.stringify(payload) ?? 'null'
      } catch (error) {
        stats.failed++
        log.error('A message for the bus is not JSON.', { topic, error })
        return
      }
      if (await send(channel(topic), text)) {
        stats.published++
        return
      }
      stats.failed++
      doubt()
    },

    async subscribe(topic, listener) {
      if (closed) return () => {}
      const opened = topics.get(topic) ?? open(topic)
      const remove = opened.listeners.add(listener)
      await opened.subscribed
      return () => {
        remove()
        void leave(topic, opened)
      }
    },

    onGap: (listener) => gapListeners.add(listener),
    healthy: () => !closed && pulse.whole(),
    stats: () => ({ ...stats, topics: topics.size }),

    async close() {
      if (closed) return
      closed = true
      pulse.stop()
      topics.clear()
      await Promise.all([publisher.close(), subscription.close()])
    },
  }
}

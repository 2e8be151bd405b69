import type { Redis } from 'ioredis'
import type { RedisConnection } from './redis.ts'

export type RedisSubscriber = {
  /** What `RedisPubSub` is given as its subscriber. */
  client: Redis
  /** True while every channel is known to be subscribed to. */
  established(): boolean
  /** Gives up this connection for a new one. */
  renew(): void
}

const channelsPerCommand = 1_000

/**
 * A subscriber that keeps its channels over reconnects and never fails: `RedisPubSub` leaves rejections of subscribe and
 * unsubscribe unhandled, which would end the process. `on.lost` is called whenever messages may be missed from now on,
 * `on.established` when every channel is subscribed to on a new connection.
 */
export function createRedisSubscriber(redis: RedisConnection, on: { established(): void; lost(): void }): RedisSubscriber {
  const { client } = redis
  const channels = new Set<string>()
  let connection = 0
  let established = false

  // Not a moment earlier: ioredis would send a SUBSCRIBE before its own first questions, which then break the connection.
  const connected = () => client.status === 'ready'

  const renew = () => {
    established = false
    on.lost()
    redis.renew()
  }

  /** Whether it was done, and on the connection of now. */
  const subscribe = async (names: readonly string[]): Promise<boolean> => {
    const current = connection
    try {
      for (let from = 0; from < names.length; from += channelsPerCommand)
        await client.subscribe(...names.slice(from, from + channelsPerCommand))
    } catch {
      if (current === connection) renew()
      return false
    }
    return current === connection
  }

  const establish = async () => {
    connection++
    if (!(await subscribe([...channels]))) return
    established = true
    on.established()
  }

  client.on('ready', () => void establish())
  client.on('close', () => {
    connection++
    established = false
    on.lost()
  })

  return {
    established: () => established,
    renew,
    client: {
      on: client.on.bind(client),
      async subscribe(channel: string, done: (error: null) => void) {
        channels.add(channel)
        await redis.tried
        if (!connected()) on.lost()
        else if (channels.has(channel)) await subscribe([channel])
        done(null)
      },
      unsubscribe(channel: string) {
        channels.delete(channel)
        if (connected()) client.unsubscribe(channel).catch(() => {})
      },
      punsubscribe() {},
    } as unknown as Redis,
  }
}

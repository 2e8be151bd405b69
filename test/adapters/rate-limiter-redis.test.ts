import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRateLimiterMemory } from '../../src/adapters/rate-limiter-memory.ts'
import { createRateLimiterRedis } from '../../src/adapters/rate-limiter-redis.ts'
import { connectRedis, type RedisConnection } from '../../src/adapters/redis.ts'
import { heldClock } from '../support/clock.ts'
import { keptLog } from '../support/log.ts'
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { rateLimiterContract, waitAfter } from './contracts/rate-limiter.ts'

describe.skipIf(!hasRedis)('rate-limiter-redis', () => {
  let server: TestRedis
  let direct: Redis
  const connections: RedisConnection[] = []
  beforeAll(async () => {
    server = await startRedis()
    direct = new Redis(server.directUrl)
  })
  afterEach(async () => void (await Promise.all(connections.splice(0).map((redis) => redis.close()))))
  afterAll(async () => {
    direct.disconnect()
    await server.close()
  })

  const prefix = `test-${crypto.randomUUID()}`
  const node = (url = server.url) => {
    const redis = connectRedis({ url, name: 'limits', log: keptLog() })
    connections.push(redis)
    return { redis, limiter: createRateLimiterRedis({ redis, fallback: createRateLimiterMemory({ clock: heldClock() }), prefix }) }
  }
  // Redis has a clock of its own, which nobody can hold.
  rateLimiterContract('rate-limiter-redis', () => node().limiter, sleep)

  const rate = { amount: 2, windowMs: 600_000 }
  const key = () => `test:${crypto.randomUUID()}`

  it('counts over all nodes', async () => {
    const [one, other, mine] = [node().limiter, node().limiter, key()]
    const waits = await Promise.all([one, other, one, other].map((limiter) => waitAfter(limiter.take(mine, rate))))
    expect(waits.filter((wait) => wait === null)).toHaveLength(2)
  })

  it('leaves nothing in Redis for longer than it takes to refill', async () => {
    const [{ limiter }, mine] = [node(), key()]
    await limiter.take(mine, rate)
    const left = await direct.pttl(`${prefix}:rate:${mine}`)
    expect(left).toBeGreaterThan(295_000)
    expect(left).toBeLessThanOrEqual(300_000)
  })

  it('goes on after Redis has forgotten the script', async () => {
    const [{ limiter }, mine] = [node(), key()]
    await limiter.take(mine, rate)
    await direct.script('FLUSH')
    await limiter.take(mine, rate)
    expect(await waitAfter(limiter.take(mine, rate))).toBeGreaterThan(0)
  })

  it('counts in this process while Redis is away, and in Redis again when it is back', async () => {
    const door = await server.door()
    const { limiter, redis } = node(door.url)
    const mine = key()
    await limiter.take(mine, rate, 2)
    await door.stop()
    await limiter.take(mine, rate, 2)
    expect(await waitAfter(limiter.take(mine, rate))).toBeGreaterThan(0)
    await door.start()
    await until(() => redis.client.status === 'ready')
    await direct.del(`${prefix}:rate:${mine}`)
    await limiter.take(mine, rate, 2)
    expect(await waitAfter(limiter.take(mine, rate))).toBeGreaterThan(0)
    await door.close()
  })

  it('makes nobody wait for a Redis that swallows, after the first who find out', async () => {
    const door = await server.door()
    const { limiter } = node(door.url)
    await limiter.take(key(), rate)
    door.pause()
    const timed = async (count: number) => {
      const start = performance.now()
      await Promise.all(Array.from({ length: count }, () => limiter.take(key(), rate)))
      return performance.now() - start
    }
    expect(await timed(100)).toBeLessThan(2_500)
    await until(async () => (await timed(1)) < 100)
    expect(await timed(100)).toBeLessThan(500)
    await door.close()
  })
})

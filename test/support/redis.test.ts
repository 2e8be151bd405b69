import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis, startRedis, type TestRedis } from './redis.ts'

describe.skipIf(!hasRedis)('a Redis for tests', () => {
  let redis: TestRedis
  let client: Redis
  let direct: Redis

  beforeAll(async () => {
    redis = await startRedis()
    client = new Redis(redis.url, { maxRetriesPerRequest: 0, commandTimeout: 200, retryStrategy: () => 5 })
    client.on('error', () => {})
    direct = new Redis(redis.directUrl)
  })
  afterAll(async () => {
    client.disconnect()
    direct.disconnect()
    await redis.close()
  })
  const ready = (of: Redis) =>
    of.status === 'ready' ? Promise.resolve() : new Promise<void>((resolve) => of.once('ready', () => resolve()))

  it('answers through the door and past it', async () => {
    await client.set('support:through', 'yes')
    expect(await direct.get('support:through')).toBe('yes')
  })

  it('refuses while stopped, and welcomes again on the same address', async () => {
    await redis.stop()
    await expect(client.ping()).rejects.toThrow(/max retries|Connection is closed/)
    await redis.start()
    await ready(client)
    expect(await client.ping()).toBe('PONG')
  })

  it('swallows while paused, and lets through what waited', async () => {
    await client.ping()
    redis.pause()
    await expect(client.set('support:late', 'arrived')).rejects.toThrow('Command timed out')
    expect(await direct.get('support:late')).toBeNull()
    redis.resume()
    expect(await client.get('support:late')).toBe('arrived')
  })

  it('parts one node from Redis with a door of its own', async () => {
    const door = await redis.door()
    const other = new Redis(door.url, { maxRetriesPerRequest: 0, retryStrategy: null })
    other.on('error', () => {})
    await other.ping()
    await door.stop()
    await expect(other.ping()).rejects.toThrow(/max retries|Connection is closed/)
    expect(await client.ping()).toBe('PONG')
  })
})

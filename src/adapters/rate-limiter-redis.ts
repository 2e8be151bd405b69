import type { Result } from 'ioredis'
import { RateLimited } from '../kernel/errors.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import { isTimeout, type RedisConnection } from './redis.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    take(key: string, amount: number, windowMicroseconds: number, cost: number): Result<[wait: number, again: number], Context>
  }
}

// The same reckoning as in rate-limiter-memory.ts, by the clock of Redis. Answers how many microseconds are to wait, and after how
// many as much may be spent again.
const take = `
local amount, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local from = math.max(now, math.min(tonumber(redis.call('GET', KEYS[1]) or 0), now + window))
local spent = math.max(1, math.floor(window / amount)) * cost
local to = from + spent
if to > now + window then
  return {to - now - window, 0}
end
redis.call('SET', KEYS[1], string.format('%.0f', to), 'PX', math.max(1, math.ceil((to - now) / 1000)))
return {0, math.max(0, to + spent - now - window)}
`

/** Counts in Redis; while it is away, in this process alone: a limit is never simply off, and nobody waits for Redis to return. */
export function createRateLimiterRedis(options: { redis: RedisConnection; fallback: RateLimiter; prefix?: string }): RateLimiter {
  const { redis, fallback, prefix = 'parley' } = options
  redis.client.defineCommand('take', { numberOfKeys: 1, lua: take })

  const askRedis = async (key: string, amount: number, windowMs: number, cost: number): Promise<[number, number] | null> => {
    try {
      await redis.tried
      return await redis.client.take(`${prefix}:rate:${key}`, amount, windowMs * 1_000, cost)
    } catch (error) {
      if (isTimeout(error)) redis.renew()
      return null
    }
  }

  return {
    async take(key, rate, cost = 1) {
      const answer = await askRedis(key, rate.amount, rate.windowMs, cost)
      if (answer === null) return fallback.take(key, rate, cost)
      const [wait, again] = answer
      if (wait > 0) throw new RateLimited(wait / 1_000)
      return Math.ceil(again / 1_000)
    },
  }
}

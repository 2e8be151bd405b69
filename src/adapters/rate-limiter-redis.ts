import type { Result } from 'ioredis'
import { RateLimited } from '../kernel/errors.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import { isTimeout, type RedisConnection } from './redis.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    take(key: string, amount: number, windowMicroseconds: number, cost: number): Result<number, Context>
  }
}

// The same reckoning as in rate-limiter-memory.ts, by the clock of Redis. Answers how many microseconds are to wait.
const take = `
local amount, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local from = math.max(now, math.min(tonumber(redis.call('GET', KEYS[1]) or 0), now + window))
local to = from + math.max(1, math.floor(window / amount)) * cost
if to > now + window then
  return to - now - window
end
redis.call('SET', KEYS[1], string.format('%.0f', to), 'PX', math.max(1, math.ceil((to - now) / 1000)))
return 0
`

/** Counts in Redis; while it is away, in this process alone: a limit is never simply off, and nobody waits for Redis to return. */
export function createRateLimiterRedis(options: { redis: RedisConnection; fallback: RateLimiter; prefix?: string }): RateLimiter {
  const { redis, fallback, prefix = 'parley' } = options
  redis.client.defineCommand('take', { numberOfKeys: 1, lua: take })

  const waitInRedis = async (key: string, amount: number, windowMs: number, cost: number): Promise<number | null> => {
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
      const wait = await waitInRedis(key, rate.amount, rate.windowMs, cost)
      if (wait === null) return fallback.take(key, rate, cost)
      if (wait > 0) throw new RateLimited(wait / 1_000)
    },
  }
}

import { RateLimited } from '../kernel/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'

const sweepEveryMs = 60_000

/**
 * GCRA: a key has one number, the time at which all it spent will have been refilled. The keys that were used longest ago are
 * forgotten when there are more than `mostKeys`, so that many made-up keys cost a bounded amount of memory.
 */
export function createRateLimiterMemory({ clock, mostKeys = 100_000 }: { clock: Clock; mostKeys?: number }): RateLimiter {
  // In whole microseconds, and in the order of their last use.
  const refilledAt = new Map<string, number>()
  let sweepAt = 0

  const sweep = (now: number) => {
    sweepAt = now + sweepEveryMs * 1_000
    for (const [key, at] of refilledAt) if (at <= now) refilledAt.delete(key)
  }

  return {
    async take(key, { amount, windowMs }, cost = 1) {
      const now = clock.now().getTime() * 1_000
      const window = windowMs * 1_000
      if (now >= sweepAt) sweep(now)
      // The clock may have been set back: nobody waits for longer than a window.
      const from = Math.max(now, Math.min(refilledAt.get(key) ?? 0, now + window))
      const spent = Math.max(1, Math.floor(window / amount)) * cost
      const to = from + spent
      if (to > now + window) throw new RateLimited((to - now - window) / 1_000)
      refilledAt.delete(key)
      refilledAt.set(key, to)
      if (refilledAt.size > mostKeys) refilledAt.delete(refilledAt.keys().next().value!)
      return Math.max(0, Math.ceil((to + spent - now - window) / 1_000))
    },
  }
}

import type { Rate } from '../kernel/rate.ts'

/**
 * Counts per key over all nodes. `take` spends one (or `cost`) and resolves with the milliseconds until as much may be spent
 * again, or throws `RateLimited` and spends nothing; whoever waits its `retryAfterMs` and comes first then, passes. It never
 * rejects with anything else.
 * Keys name what is counted and for whom: `sign-in:ip:203.0.113.7`.
 */
export type RateLimiter = {
  take(key: string, rate: Rate, cost?: number): Promise<number>
}

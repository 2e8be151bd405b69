import type { Rate } from '../kernel/rate.ts'

/** Counts one thing by a rate, in memory: true while there is some left. */
export function createAllowance({ amount, windowMs }: Rate, now: () => number): () => boolean {
  let left = amount
  let at = now()
  return () => {
    const time = now()
    left = Math.min(amount, left + ((time - at) / windowMs) * amount)
    at = time
    if (left < 1) return false
    left--
    return true
  }
}

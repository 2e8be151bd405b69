import { describe, expect, it } from 'vitest'
import { RateLimited } from '../../../src/kernel/errors.ts'
import type { RateLimiter } from '../../../src/ports/rate-limiter.ts'

/** Null when it passed, otherwise how long to wait. */
export async function waitAfter(take: Promise<unknown>): Promise<number | null> {
  try {
    await take
    return null
  } catch (error) {
    if (error instanceof RateLimited) return error.retryAfterMs
    throw error
  }
}

/** What any rate limiter must do. `pass` lets time go by, on the clock that the limiter goes by. */
export function rateLimiterContract(name: string, open: () => RateLimiter, pass: (ms: number) => Promise<void>): void {
  describe(`${name} as a rate limiter`, () => {
    const key = () => `test:${crypto.randomUUID()}`
    /** How many of so many pass. */
    const passing = async (limiter: RateLimiter, count: number, name: string, rate: { amount: number; windowMs: number }) => {
      const waits = await Promise.all(Array.from({ length: count }, () => waitAfter(limiter.take(name, rate))))
      return waits.filter((wait) => wait === null).length
    }

    it('lets a whole window go in one burst, exactly', async () => {
      const limiter = open()
      for (const amount of [1, 3, 7, 20, 113]) expect(await passing(limiter, amount + 5, key(), { amount, windowMs: 600_000 })).toBe(amount)
    })

    it('refills steadily, and whoever waits as told passes', async () => {
      const [limiter, mine, rate] = [open(), key(), { amount: 4, windowMs: 2_000 }]
      expect(await passing(limiter, 4, mine, rate)).toBe(4)
      for (let count = 0; count < 2; count++) {
        const wait = await waitAfter(limiter.take(mine, rate))
        expect(wait).toBeGreaterThan(0)
        expect(wait).toBeLessThanOrEqual(500)
        await pass(wait!)
        await limiter.take(mine, rate)
      }
    })

    it('says when as much may be spent again', async () => {
      const [limiter, mine, rate] = [open(), key(), { amount: 2, windowMs: 2_000 }]
      expect(await limiter.take(mine, rate)).toBe(0)
      const again = await limiter.take(mine, rate)
      expect(again).toBeGreaterThan(900)
      expect(again).toBeLessThanOrEqual(1_000)
      await pass(again)
      await limiter.take(mine, rate)
      expect(await waitAfter(limiter.take(mine, rate))).toBeGreaterThan(0)
    })

    it('spends nothing when it refuses', async () => {
      const [limiter, mine, rate] = [open(), key(), { amount: 1, windowMs: 1_000 }]
      await limiter.take(mine, rate)
      const first = await waitAfter(limiter.take(mine, rate))
      for (let count = 0; count < 20; count++) expect(await waitAfter(limiter.take(mine, rate))).toBeLessThanOrEqual(first!)
      await pass(1_000)
      await limiter.take(mine, rate)
    })

    it('is whole again after a window', async () => {
      const [limiter, mine, rate] = [open(), key(), { amount: 2, windowMs: 1_000 }]
      expect(await passing(limiter, 10, mine, rate)).toBe(2)
      await pass(1_000)
      expect(await passing(limiter, 10, mine, rate)).toBe(2)
    })

    it('takes several at a cost, or none of them', async () => {
      const [limiter, mine, rate] = [open(), key(), { amount: 10, windowMs: 600_000 }]
      await limiter.take(mine, rate, 6)
      expect(await waitAfter(limiter.take(mine, rate, 5))).toBeGreaterThan(0)
      await limiter.take(mine, rate, 4)
      expect(await waitAfter(limiter.take(mine, rate))).toBeGreaterThan(0)
    })

    it('counts keys apart', async () => {
      const [limiter, rate] = [open(), { amount: 1, windowMs: 600_000 }]
      const [mine, yours] = [key(), key()]
      await limiter.take(mine, rate)
      await limiter.take(yours, rate)
      expect(await waitAfter(limiter.take(mine, rate))).toBeGreaterThan(599_000)
    })

    it('makes nobody wait for longer than the window that is asked for now', async () => {
      const [limiter, mine] = [open(), key()]
      await limiter.take(mine, { amount: 1, windowMs: 86_400_000 })
      expect(await waitAfter(limiter.take(mine, { amount: 1, windowMs: 1_000 }))).toBeLessThanOrEqual(1_000)
    })
  })
}

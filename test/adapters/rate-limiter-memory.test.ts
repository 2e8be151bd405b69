import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createRateLimiterMemory } from '../../src/adapters/rate-limiter-memory.ts'
import { heldClock } from '../support/clock.ts'
import { rateLimiterContract, waitAfter } from './contracts/rate-limiter.ts'

const clock = heldClock()
rateLimiterContract(
  'rate-limiter-memory',
  () => createRateLimiterMemory({ clock }),
  async (ms) => clock.forward(ms),
)

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('rate-limiter-memory', () => {
  const rate = { amount: 1, windowMs: 60_000 }

  it('says to the millisecond how long to wait', async () => {
    const limiter = createRateLimiterMemory({ clock })
    await limiter.take('key', rate)
    expect(await waitAfter(limiter.take('key', rate))).toBe(60_000)
    clock.forward(59_999)
    expect(await waitAfter(limiter.take('key', rate))).toBe(1)
    clock.forward(1)
    expect(await waitAfter(limiter.take('key', rate))).toBeNull()
  })

  it('forgets those that were used longest ago when there are too many, and no others', async () => {
    const limiter = createRateLimiterMemory({ clock, mostKeys: 100 })
    await limiter.take('forgotten', { amount: 2, windowMs: 60_000 })
    await limiter.take('busy', { amount: 2, windowMs: 60_000 })
    for (let count = 0; count < 50; count++) await limiter.take(`made up ${count}`, rate)
    await limiter.take('busy', { amount: 2, windowMs: 60_000 })
    for (let count = 50; count < 149; count++) await limiter.take(`made up ${count}`, rate)
    expect(await waitAfter(limiter.take('busy', { amount: 2, windowMs: 60_000 }))).toBeGreaterThan(0)
    expect(await waitAfter(limiter.take('forgotten', { amount: 2, windowMs: 60_000 }, 2))).toBeNull()
  })

  it('makes room by forgetting what is refilled, before anything else', async () => {
    const limiter = createRateLimiterMemory({ clock, mostKeys: 100 })
    await limiter.take('lasting', { amount: 1, windowMs: 3_600_000 })
    for (let count = 0; count < 90; count++) await limiter.take(`brief ${count}`, { amount: 1, windowMs: 1_000 })
    clock.forward(61_000)
    for (let count = 0; count < 90; count++) await limiter.take(`later ${count}`, rate)
    expect(await waitAfter(limiter.take('lasting', { amount: 1, windowMs: 3_600_000 }))).toBeGreaterThan(0)
  })

  it('holds no more memory after a million made-up keys', { timeout: 60_000 }, async () => {
    const limiter = createRateLimiterMemory({ clock, mostKeys: 1_000 })
    const fill = async (from: number, to: number) => {
      for (let count = from; count < to; count++) await limiter.take(`made up ${count}`, rate)
    }
    const held = () => {
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    await fill(0, 100_000)
    const before = held()
    await fill(100_000, 1_000_000)
    expect(held() - before).toBeLessThan(10_000_000)
    expect(await waitAfter(limiter.take('made up 999999', rate))).toBeGreaterThan(0)
  })

  it('lets nobody wait for longer than a window when the clock is set back', async () => {
    const limiter = createRateLimiterMemory({ clock })
    await limiter.take('key', rate)
    clock.forward(-3_600_000)
    expect(await waitAfter(limiter.take('key', rate))).toBe(60_000)
    clock.forward(3_600_000)
  })
})

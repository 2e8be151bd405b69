import { describe, expect, it } from 'vitest'
import { createIds } from '../../src/adapters/ids.ts'

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const timeIn = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
const times = <Item>(count: number, make: () => Item) => Array.from({ length: count }, make)

describe('ids', () => {
  it('are UUIDs of version 7 that carry the time', () => {
    const before = Date.now()
    const ids = times(1_000, createIds())
    for (const id of ids) expect(id).toMatch(form)
    expect(timeIn(ids[0]!)).toBeGreaterThanOrEqual(before)
    expect(timeIn(ids[0]!)).toBeLessThanOrEqual(Date.now())
  })

  it('are in order and all different within one millisecond, past what its counter holds', () => {
    const ids = times(
      10_000,
      createIds(() => 1_800_000_000_000),
    )
    expect(ids).toEqual(ids.toSorted())
    expect(new Set(ids).size).toBe(ids.length)
    expect(timeIn(ids.at(-1)!)).toBe(1_800_000_000_002)
  })

  it('stay in order while the clock goes on, stands still and goes back', () => {
    const hands = [5, 5, 6, 3, 6, 7, 1, 8].map((hand) => 1_800_000_000_000 + hand)
    let hand = 0
    const ids = times(
      hands.length,
      createIds(() => hands[hand++]!),
    )
    expect(ids).toEqual(ids.toSorted())
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('go on from where a borrowed millisecond left off', () => {
    let now = 1_800_000_000_000
    const next = createIds(() => now)
    const borrowed = times(5_000, next)
    now++
    expect(next() > borrowed.at(-1)!).toBe(true)
  })

  it('differ between two processes that begin at once', () => {
    const frozen = () => 1_800_000_000_000
    const [one, other] = [times(1_000, createIds(frozen)), times(1_000, createIds(frozen))]
    expect(new Set([...one, ...other]).size).toBe(2_000)
  })
})

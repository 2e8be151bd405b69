import { expect, it } from 'vitest'
import { createPresenceMemory } from '../../src/adapters/presence-memory.ts'
import { presenceContract, sign, timesAfter } from './contracts/presence.ts'

let shared = createPresenceMemory()
let given = 0
// One node is all there is: both that a case asks for are the same.
presenceContract('presence-memory', () => (given++ % 2 === 0 ? (shared = createPresenceMemory()) : shared))

it('forgets who was here longest ago when there are too many', async () => {
  const register = createPresenceMemory()
  const person = (number: number) => sign(`person ${number}`, { connected: false })
  await register.report([person(0), person(1)], timesAfter(0))
  await register.report([person(0)], timesAfter(0))
  for (let from = 2; from < 100_001; from += 1_000)
    await register.report(
      Array.from({ length: Math.min(1_000, 100_001 - from) }, (_, at) => person(from + at)),
      timesAfter(0),
    )
  const known = await register.at(['person 0', 'person 1', 'person 100000'])
  expect(known.map(({ lastActiveAt }) => lastActiveAt !== null)).toEqual([true, false, true])
})

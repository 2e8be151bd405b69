import { describe, expect, it } from 'vitest'
import { createEmptyDatabase } from '../support/postgres.ts'
import { hasRedis } from '../support/redis.ts'
import { play } from './play.ts'
import { scenarios } from './scenarios.ts'

// The short form of `npm run prove`: the most telling faults, each as short as makes sense.
const telling = ['kill', 'death before publishing', 'PostgreSQL crash', 'removal']

const seed = 20_261_120

describe.skipIf(!hasRedis)('several nodes keep what is promised', () => {
  for (const scenario of scenarios.filter(({ name }) => telling.includes(name)))
    it(`${scenario.name}: ${scenario.what}`, { timeout: 120_000 }, async () => {
      const { violations, kept, delivered } = await play(scenario, { seed, brief: true, createDatabase: createEmptyDatabase })
      expect(violations, `its history: ${kept}`).toEqual([])
      expect(delivered).toBeGreaterThan(100)
    })

  it('all of them are there', () => {
    expect(telling.filter((name) => !scenarios.some((scenario) => scenario.name === name))).toEqual([])
  })
})

import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generate } from '../../bench/data/generate.ts'
import { type Explained, explainAll } from '../../bench/plans/explain.ts'
import { type Growth, operations } from '../../bench/plans/operations.ts'
import { createDatabase, type TestDatabase } from '../support/postgres.ts'
import { createWorld, type World } from '../support/world.ts'

// What is asked most, on a database large enough that without a good index PostgreSQL goes through a table.
// `npm run bench -- plans` shows the plans themselves, on a larger one.

const sizes = { users: 3_000, channels: 4_000, messages: 120_000 }
/** How many rows a statement may look at, by what they grow with: a table's, or a channel's messages, they never do. */
const most: Record<Growth | 'else', number> = {
  nothing: 30,
  'a page': 400,
  "one's channels": 2_000,
  "a channel's members": 4 * sizes.users,
  "what doesn't count": 2_000,
  'what is found': 300,
  'what changed': 30_000,
  else: 1_000,
}

let database: TestDatabase
let world: World
let explained: Explained[]
beforeAll(async () => {
  database = await createDatabase()
  const client = new Client(database.url)
  await client.connect()
  await generate(client, sizes)
  await client.end()
  world = await createWorld({ databaseUrl: database.url })
  explained = await explainAll(world.app.database, world.url)
}, 60_000)
afterAll(async () => {
  await world?.stop()
  await database?.drop()
})

const brief = (text: string) => `${text.replaceAll(/\s+/g, ' ').trim().slice(0, 150)} …`

describe.each(operations)('$name', ({ name, hot }) => {
  const own = () => explained.filter(({ operation }) => operation === name)

  it('goes through no large table', () => {
    expect(own().length).toBeGreaterThanOrEqual(hot.length)
    expect(own().flatMap(({ scanned, text }) => scanned.map((table) => `all of ${table}: ${brief(text)}`))).toEqual([])
  })

  it('looks at few rows', () => {
    const tooMany = own().filter(({ hot: one, looked }) => looked > most[one?.grows ?? 'else'])
    expect(tooMany.map(({ looked, text }) => `${looked} rows: ${brief(text)}`)).toEqual([])
  })
})

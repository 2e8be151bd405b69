import { afterAll, beforeAll, expect, it } from 'vitest'
import { ends } from '../../support/channels.ts'
import { type Person, viewerOf } from '../../support/people.ts'
import { type SeededChannel, seedGroup, seedMessages, seedPerson, seedPublic } from '../../support/seed.ts'
import { idAt } from '../../support/talk.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
beforeAll(async () => {
  world = await createWorld({ env: { DATABASE_POOL: '8' } })
  ;[ada, bob] = [await seedPerson(world), await seedPerson(world)]
})
afterAll(() => world.stop())

/** How all of these end, while somebody has the channel for so long that everybody waits; meanwhile others are served. */
async function crowd(room: SeededChannel, calls: readonly (() => Promise<string>)[]): Promise<string[]> {
  const holder = await world.app.database.pool.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT FROM channels WHERE id = $1 FOR UPDATE', [room.key])
  const done = Promise.all(calls.map((call) => call()))
  await until(async () => {
    const { rows } = await world.app.database.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return rows.length > 1
  })
  await expect(viewerOf(bob.client, 'version')).resolves.toMatchObject({ version: 1 })
  await holder.query('COMMIT')
  holder.release()
  return done
}

it('many who react in one channel at once keep nobody elsewhere waiting, and all of them come through', async () => {
  const room = await seedGroup(world, { owners: [ada] })
  const [seq] = await seedMessages(world, room, [[ada, 'Hello']])
  const messageId = idAt(room.id, seq!)
  const calls = Array.from({ length: 40 }, (_, n) => () => ends(ada, n % 2 ? 'removeReaction' : 'addReaction', { messageId, emoji: '👍' }))
  expect(new Set(await crowd(room, calls))).toEqual(new Set(['done']))
})

it('nor do many who come and go', async () => {
  const room = await seedPublic(world, { owners: [ada] })
  const people = await Promise.all(Array.from({ length: 40 }, () => seedPerson(world)))
  const calls = people.map((person) => () => ends(person, 'joinChannel', { channelId: room.id }))
  expect(new Set(await crowd(room, calls))).toEqual(new Set(['done']))
})

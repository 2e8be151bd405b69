import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Person } from '../support/people.ts'
import { seedGroup, seedPerson } from '../support/seed.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let ada: Person
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world)
})
afterAll(() => world.stop())

it('nothing follows of a subscription that was completed while it began', async () => {
  const room = await seedGroup(world, { owners: [ada] })
  const { pool } = world.app.database
  const query = pool.query.bind(pool) as (...asked: unknown[]) => Promise<unknown>
  const [begins, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  pool.query = (async (...asked: unknown[]) => {
    const { name, values } = asked[0] as { name?: string; values?: [unknown, unknown, string[]] }
    if (name === 'feed_topics' && values![2].length > 0) {
      begins.resolve()
      await goesOn.promise
    }
    return query(...asked)
  }) as typeof pool.query
  const socket = await ada.connect()
  const id = socket.start('subscription ($id: ID!) { receiptUpdated(channelId: $id) { receipts { deliveredSeq } } }', { id: room.id })
  await begins.promise
  socket.complete(id)
  await socket.run('{ viewer { cursor } }')
  goesOn.resolve()
  for (let n = 0; n < 5; n++) expect((await socket.run('{ viewer { cursor } }')).errors).toBeUndefined()
  socket.nothingMore()
  await socket.close()
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Door, openDoor } from '../support/door.ts'
import { cursorNow, eventsUntil, inbox } from '../support/live.ts'
import { createDatabase, type TestDatabase } from '../support/postgres.ts'
import { seedDirect, seedGroup, seedPerson } from '../support/seed.ts'
import type { TestSocket } from '../support/socket.ts'
import { send } from '../support/talk.ts'
import { until } from '../support/until.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let database: TestDatabase
let door: Door
beforeAll(async () => {
  database = await createDatabase()
  const url = new URL(database.url)
  door = await openDoor({ host: url.hostname, port: Number(url.port) })
  url.port = String(door.port)
  world = await createWorld({ databaseUrl: url.href })
})
afterAll(async () => {
  await world.stop()
  await door.close()
  await database.drop()
})

const isReady = ({ __typename }: { __typename: string }) => __typename === 'StreamReady'

it('where the database has much to do, those who come back cost less than two statements each, and are told all', async () => {
  const ada = await seedPerson(world)
  const people = await Promise.all(Array.from({ length: 60 }, () => seedPerson(world)))
  const room = await seedGroup(world, { owners: [ada], members: people })
  for (const person of people) await seedDirect(world, ada, person)
  const cursor = await cursorNow(world)
  const comeBack = async () => {
    const sockets: TestSocket[] = []
    const told = await Promise.all(
      people.map(async (person) => {
        const socket = await person.connect()
        sockets.push(socket)
        return eventsUntil(socket, socket.start(inbox, { after: cursor }), isReady)
      }),
    )
    return { told, cut: () => sockets.forEach(({ ws }) => ws.terminate()) }
  }
  ;(await comeBack()).cut()
  await until(async () => /^parley_topics [01]$/m.test(await (await fetch(`${world.url}/metrics`)).text()), 5_000)
  for (const text of ['one', 'two', 'three']) await send(ada, room.id, text)
  // When they were here is written, too.
  await world.app.database.pool.query(`UPDATE sessions SET last_used_at = last_used_at - interval '2 minutes'`)
  // As it is in a storm: who comes meanwhile is read for with the next. With nothing to do it would answer each at once.
  door.slow(5)
  const { result, statements } = await world.statements(comeBack, { sweeps: true })
  for (const events of result.told)
    expect(events.flatMap(({ message }) => (message as { text: string } | undefined)?.text ?? [])).toEqual(['one', 'two', 'three'])
  expect(statements.length / people.length).toBeLessThan(2)
  result.cut()
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { keepEpoch } from '../../src/adapters/epoch.ts'
import { blocksOf, documentNamed } from '../docs/documents.ts'
import { inbox, nextEvent } from '../support/live.ts'
import { keptLog } from '../support/log.ts'
import { personOf, viewerOf } from '../support/people.ts'
import { createDatabase, type TestDatabase } from '../support/postgres.ts'
import { rowsOf } from '../support/rows-of.ts'
import { seedGroup, seedMessages, seedPerson } from '../support/seed.ts'
import { send } from '../support/talk.ts'
import { createWorld } from '../support/world.ts'

let database: TestDatabase
const log = keptLog()
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

const sql = (statement: string) => rowsOf(database.url, statement)
const keep = () => keepEpoch({ url: database.url, log })
const epoch = async () => (await sql('SELECT epoch FROM server'))[0]
const ahead = 4_000_000_000_000

it('stays what it was, however many nodes start', async () => {
  const before = await epoch()
  await Promise.all([keep(), keep(), keep()])
  await keep()
  expect(await epoch()).toEqual(before)
  expect(log.lines).toEqual([])
})

it('is a new one in another database than before', async () => {
  const before = await epoch()
  await sql("UPDATE server SET home = 'elsewhere'")
  await Promise.all([keep(), keep()])
  expect(await epoch()).not.toEqual(before)
  expect(log.lines).toHaveLength(1)
})

it('is a new one where rows bear transactions that are still to come; they become old ones, and nobody sees a change', async () => {
  const first = await createWorld({ databaseUrl: database.url })
  const ada = await seedPerson(first)
  const room = await seedGroup(first, { owners: [ada] })
  await seedMessages(first, room, [[ada, 'before']])
  const { cursor } = (await viewerOf(ada.client, 'cursor')) as { cursor: string }
  await first.stop()

  for (const table of ['users', 'accounts', 'channels', 'memberships', 'receipts']) await sql(`UPDATE ${table} SET changed = ${ahead}`)
  await sql(
    `ALTER TABLE messages DISABLE TRIGGER USER; UPDATE messages SET changed = ${ahead}, added = ${ahead}; ALTER TABLE messages ENABLE TRIGGER USER`,
  )
  const before = await epoch()
  const world = await createWorld({ databaseUrl: database.url })
  try {
    expect(await epoch()).not.toEqual(before)
    expect(await sql('SELECT changed::integer, added::integer, version FROM messages')).toEqual([{ changed: 0, added: 0, version: 1 }])
    const again = personOf(world, ada)
    const socket = await again.connect()
    const id = socket.start(inbox, { after: cursor })
    expect(await nextEvent(socket, id)).toMatchObject({ __typename: 'ResyncRequired', reason: 'CURSOR_INVALID' })
    expect(await nextEvent(socket, id)).toMatchObject({ __typename: 'StreamReady', replayed: 0 })
    // Triggers work as before, and what happens is told.
    const said = await send(again, room.id, 'after')
    expect((await nextEvent(socket, id)).message).toMatchObject({ text: 'after' })
    expect(await sql(`SELECT changed < ${ahead} AND changed > 0 AS fine FROM messages WHERE seq = ${said.seq}`)).toEqual([{ fine: true }])
    await socket.close()
  } finally {
    await world.stop()
  }
})

it('is a new one where somebody says so, as docs/operating.md has it', async () => {
  const [statement] = blocksOf(documentNamed('docs/operating.md')).filter(({ language }) => language === 'sql')
  const before = await createWorld({ databaseUrl: database.url })
  const ada = await seedPerson(before)
  const { cursor } = (await viewerOf(ada.client, 'cursor')) as { cursor: string }
  await before.stop()
  await sql(statement!.text)
  const after = await createWorld({ databaseUrl: database.url })
  try {
    const socket = await personOf(after, ada).connect()
    const id = socket.start(inbox, { after: cursor })
    expect(await nextEvent(socket, id)).toMatchObject({ __typename: 'ResyncRequired', reason: 'CURSOR_INVALID' })
    await socket.close()
  } finally {
    await after.stop()
  }
})

import { execFileSync } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { keepEpoch } from '../../src/adapters/epoch.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { blocksOf, documentNamed } from '../docs/documents.ts'
import { makeDirectory } from '../support/directory.ts'
import { openDoor } from '../support/door.ts'
import { eventsUntil, inbox, nextEvent } from '../support/live.ts'
import { keptLog } from '../support/log.ts'
import { personOf, viewerOf } from '../support/people.ts'
import { createDatabase, type TestDatabase } from '../support/postgres.ts'
import { rowsOf } from '../support/rows-of.ts'
import { seedGroup, seedMessages, seedPerson } from '../support/seed.ts'
import { send } from '../support/talk.ts'
import { until } from '../support/until.ts'
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

it('is over while a node runs, where PostgreSQL goes on from an earlier moment: who listens begins anew, and hears what happens', {
  timeout: 60_000,
}, async () => {
  const [old, copy] = [await makeDirectory(), await makeDirectory()]
  onTestFinished(() => Promise.all([old.remove(), copy.remove()]).then(() => {}))
  const start = ({ path: dataDir }: { path: string }) => startEmbeddedPostgres({ dataDir, log: keptLog() })
  let postgres = await start(old)
  onTestFinished(() => postgres.stop())
  const target = { host: '127.0.0.1', port: Number(new URL(postgres.url).port) }
  const door = await openDoor(target)
  onTestFinished(door.close)
  const url = new URL(postgres.url)
  url.port = String(door.port)
  const turnTo = async (directory: { path: string }) => {
    await door.shut()
    await postgres.stop()
    postgres = await start(directory)
    target.port = Number(new URL(postgres.url).port)
    await door.open()
  }
  const world = await createWorld({ databaseUrl: url.href })
  onTestFinished(world.stop)
  const ada = await seedPerson(world)
  const room = await seedGroup(world, { owners: [ada] })
  await send(ada, room.id, 'kept')

  await door.shut()
  await postgres.stop()
  execFileSync('cp', ['-a', join(old.path, 'postgres'), join(copy.path, 'postgres')])
  const data = join(copy.path, 'postgres', 'cluster', 'data')
  writeFileSync(join(data, 'recovery.signal'), '')
  appendFileSync(join(data, 'postgresql.auto.conf'), "restore_command = 'false'\n")
  await turnTo(old)

  const socket = await ada.connect()
  const id = socket.start(inbox)
  await until(async () => (await viewerOf(ada.client, 'cursor').catch(() => null)) !== null)
  for (const text of ['lost', 'lost, too', 'and this']) await send(ada, room.id, text)
  const events = await eventsUntil(socket, id, ({ message }) => (message as { text?: string } | undefined)?.text === 'and this')
  const { cursor } = (await viewerOf(ada.client, 'cursor')) as { cursor: string }

  await turnTo(copy)
  const [error] = (await socket.nextOf(id)).payload as unknown as [{ extensions: { code: string } }]
  expect(error.extensions.code).toBe('SERVICE_UNAVAILABLE')
  for (const after of [cursor, events.at(-1)!.cursor]) {
    const later = await ada.connect()
    const again = later.start(inbox, { after })
    expect(await nextEvent(later, again)).toMatchObject({ __typename: 'ResyncRequired', reason: 'CURSOR_INVALID' })
    expect(await nextEvent(later, again)).toMatchObject({ __typename: 'StreamReady' })
    const said = await send(ada, room.id, 'after')
    expect(said.seq).toBeLessThanOrEqual(3)
    await eventsUntil(later, again, ({ message }) => (message as { seq?: number } | undefined)?.seq === said.seq)
    await later.close()
  }
  await socket.close()
})

import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createIds } from '../../../src/adapters/ids.ts'
import { createPresenceMemory } from '../../../src/adapters/presence-memory.ts'
import { createFactsStore } from '../../../src/features/notifications/facts.store.ts'
import { createHooks } from '../../../src/features/notifications/hooks.ts'
import { createNotifier } from '../../../src/features/notifications/notifier.ts'
import { sayLate } from '../../support/late.ts'
import { createNotifierStore, type Progress } from '../../../src/features/notifications/notifier.store.ts'
import { createPortions } from '../../../src/features/notifications/portions.ts'
import { keptLog } from '../../support/log.ts'
import { startNode } from '../../support/node-process.ts'
import { type Person, personOf } from '../../support/people.ts'
import { keyOf, seedDirect, seedGroup, seedPerson, type SeededChannel } from '../../support/seed.ts'
import { send } from '../../support/talk.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'

// Nothing is left out and nothing comes twice, however late it is committed, however many look for it, and whoever dies.

let world: World
let ada: Person
let bob: Person
const log = keptLog()
beforeAll(async () => {
  world = await createWorld({ env: { NOTIFIER: 'on' }, log })
  ;[ada, bob] = [await seedPerson(world), await seedPerson(world)]
})
afterAll(() => world.stop())

const sql = async (text: string, values: unknown[] = []) =>
  (await world.app.database.pool.query(text, values)).rows as Record<string, unknown>[]
const settled = () => world.app.notifier!.settled()
const newRoom = () => seedGroup(world, { owners: [ada], members: [bob] })
const notifiedIn = async (room: SeededChannel): Promise<number[]> =>
  (await sql('SELECT seq FROM notifications WHERE channel_id = $1 AND seq IS NOT NULL ORDER BY seq', [room.key])).map(({ seq }) =>
    Number(seq),
  )
const numbers = (last: number) => Array.from({ length: last }, (_, n) => n + 1)
const named = (count: number) => numbers(count).map((n) => ({ text: `${n}`, mentionIds: [bob.id] }))

/** One that mails nobody, beside the node's own. */
const notifierOf = ({ app: { database, bus } }: World, instead: Partial<Parameters<typeof createNotifier>[0]>) =>
  createNotifier({
    store: createNotifierStore(database),
    facts: createFactsStore(database),
    letters: { order: async () => false },
    register: createPresenceMemory(),
    bus,
    hooks: createHooks({ hooks: [], log }),
    ids: createIds(),
    clock: systemClock,
    log,
    policy: { afterMs: 0, distancesMs: [], mailsPerDay: 1 },
    ...instead,
  })

/** A message of Ada's to Bob in a transaction that stays open. */
const lateIn = async (room: SeededChannel): Promise<Client> =>
  (await sayLate(world.databaseUrl, room.key, { senderId: keyOf(ada.id), text: 'late', mentionIds: [keyOf(bob.id)] })).client

it('what is committed late is found, and what came meanwhile isn’t told twice', async () => {
  const [late, other] = [await newRoom(), await newRoom()]
  const client = await lateIn(late)
  for (const draft of named(3)) {
    await send(ada, other.id, draft)
    await settled()
  }
  expect([await notifiedIn(late), await notifiedIn(other)]).toEqual([[], [1, 2, 3]])
  await client.query('COMMIT')
  await client.end()
  await settled()
  await send(ada, other.id, named(1)[0]!)
  await settled()
  expect([await notifiedIn(late), await notifiedIn(other)]).toEqual([[1], [1, 2, 3, 4]])
})

it('what is rolled back is no news', async () => {
  const room = await newRoom()
  const client = await lateIn(room)
  await settled()
  await client.query('ROLLBACK')
  await client.end()
  await settled()
  expect(await notifiedIn(room)).toEqual([])
})

it('many messages are seen to in portions, and a change of one that was meant later counts once', async () => {
  const room = await newRoom()
  const lock = new Client(world.databaseUrl)
  await lock.connect()
  // As if another node were at it.
  await lock.query('BEGIN')
  await lock.query('SELECT FROM notifier FOR UPDATE')
  await sql(
    `WITH said AS (
       INSERT INTO messages (channel_id, seq, sender_id, text) SELECT $1, n, $2, n::text FROM generate_series(1, 1234) AS n RETURNING seq
     ), named AS (
       INSERT INTO mentions (channel_id, seq, user_id) SELECT $1, n, $3 FROM generate_series(1, 1234) AS n
     ) UPDATE channels SET last_seq = 1234 WHERE id = $1`,
    [room.key, keyOf(ada.id), keyOf(bob.id)],
  )
  await sql(`UPDATE messages SET text = 'changed' WHERE channel_id = $1 AND seq % 7 = 0`, [room.key])
  await lock.query('COMMIT')
  await lock.end()
  await settled()
  expect(await notifiedIn(room)).toEqual(numbers(1234))
})

it('a backlog is read a few times, not for each portion; and the same again where a portion failed', async () => {
  const { prisma } = world.app.database
  const store = createNotifierStore(world.app.database)
  const begin = { since: await store.now(prisma), until: null, afterChannel: null, afterSeq: null }
  const [one, other] = [await newRoom(), await newRoom()]
  for (const room of [one, other])
    await sql('INSERT INTO messages (channel_id, seq, sender_id, text) SELECT $1, n, $2, n::text FROM generate_series(1, 500) AS n', [
      room.key,
      keyOf(ada.id),
    ])
  const until = await store.now(prisma)
  let reads = 0
  const sent: typeof store.sent = (...asked) => (reads++, store.sent(...asked))
  const portion = createPortions({ store: { sent }, placesAtOnce: 400 })
  const seen = { [one.key]: [] as number[], [other.key]: [] as number[] }
  let at: Progress = begin
  do {
    const window = { ...at, until }
    await portion(window, 7, prisma)
    const { said, to } = await portion(window, 7, prisma)
    for (const { channelId, seq } of said) seen[channelId]!.push(seq)
    at = to
  } while (at.until !== null)
  expect(seen).toEqual({ [one.key]: numbers(500), [other.key]: numbers(500) })
  expect([at.since, reads]).toEqual([until, 3])
})

it('marks that are held are waited for shortly, then everything is tried again; nobody who reads meanwhile is told it is unread', async () => {
  const room = await newRoom()
  const direct = await seedDirect(world, ada, bob)
  const reader = new Client(world.databaseUrl)
  await reader.connect()
  await send(ada, direct.id, 'one')
  await send(ada, room.id, named(1)[0]!)
  await settled()
  await sql('DELETE FROM notifications WHERE user_id = $1', [keyOf(bob.id)])
  // Bob reads what is said just now, in a transaction that takes its time.
  await reader.query('BEGIN')
  await send(ada, room.id, named(1)[0]!)
  await send(ada, direct.id, 'two')
  await reader.query(
    'UPDATE receipts r SET read_seq = c.last_seq, delivered_seq = c.last_seq, read_at = now() FROM channels c WHERE c.id = r.channel_id AND r.user_id = $1 AND c.id IN ($2, $3)',
    [keyOf(bob.id), room.key, direct.key],
  )
  const all = settled()
  await until(() => log.lines.some(({ message }) => message.startsWith('The notifier failed')))
  await reader.query('COMMIT')
  await reader.end()
  await all
  expect(await sql('SELECT FROM notifications WHERE user_id = $1 AND read_at IS NULL', [keyOf(bob.id)])).toEqual([])
})

it('in a restored database it begins anew', async () => {
  const room = await newRoom()
  const client = await lateIn(room)
  await sql('UPDATE notifier SET epoch = gen_random_uuid()')
  await client.query('COMMIT')
  await client.end()
  await settled()
  expect(await notifiedIn(room)).toEqual([])
  await send(ada, room.id, named(1)[0]!)
  await settled()
  expect(await notifiedIn(room)).toEqual([2])
  expect(log.lines.filter(({ message }) => message.startsWith('The notifier begins anew'))).toHaveLength(1)
})

it('a mark that somebody holds for long is no reason to leave a message out', async () => {
  const quiet = await createWorld()
  const store = createNotifierStore(quiet.app.database)
  let tries = 0
  const notifier = notifierOf(quiet, {
    store: {
      ...store,
      list: (...asked) => {
        tries++
        return store.list(...asked)
      },
    },
  })
  const reader = new Client(quiet.databaseUrl)
  await reader.connect()
  try {
    const [eve, max] = [await seedPerson(quiet), await seedPerson(quiet)]
    const room = await seedGroup(quiet, { owners: [eve], members: [max] })
    await reader.query('BEGIN')
    await reader.query('SELECT FROM receipts WHERE channel_id = $1 AND user_id = $2 FOR UPDATE', [room.key, keyOf(max.id)])
    await send(eve, room.id, { text: 'Hello', mentionIds: [max.id] })
    const settled = notifier.settled()
    await until(() => tries > 12)
    await reader.query('COMMIT')
    await settled
    const { rows } = await quiet.app.database.pool.query('SELECT seq FROM notifications')
    expect(rows).toEqual([{ seq: 1 }])
  } finally {
    await reader.end()
    await notifier.stop()
    await quiet.stop()
  }
})

it('what is said while many are mailed waits for a few of the mails only', async () => {
  const quiet = await createWorld()
  const { pool } = quiet.app.database
  const [eve, max] = [await seedPerson(quiet), await seedPerson(quiet)]
  const room = await seedGroup(quiet, { owners: [eve], members: [max] })
  await pool.query('INSERT INTO mail_people (user_id, due_at) VALUES ($1, now())', [keyOf(max.id)])
  const listed: boolean[] = []
  const notifier = notifierOf(quiet, {
    letters: {
      order: async () => {
        if (listed.length === 0) await send(eve, room.id, { text: 'now', mentionIds: [max.id] })
        const { rowCount } = await pool.query('SELECT FROM notifications')
        return listed.push(rowCount === 1) < 100
      },
    },
  })
  try {
    await notifier.settled()
    expect(listed).toHaveLength(100)
    expect(listed.indexOf(true)).toBeGreaterThan(0)
    expect(listed.indexOf(true)).toBeLessThan(20)
  } finally {
    await notifier.stop()
    await quiet.stop()
  }
})

it('a node that is gone without a word has the notifier’s row for less than ten seconds', async () => {
  const { transaction } = createNotifierStore(world.app.database)
  const [row] = await transaction(
    (within) => within.$queryRaw<{ limit: string }[]>`SELECT current_setting('idle_in_transaction_session_timeout') AS limit`,
  )
  expect(row).toEqual({ limit: '5s' })
})

it('a message that can never be decided about is left out, and nothing else', async () => {
  const quiet = await createWorld()
  const { database } = quiet.app
  const facts = createFactsStore(database)
  const own = keptLog()
  const notifier = notifierOf(quiet, {
    facts: {
      ...facts,
      of: async (pairs, within) => {
        if (pairs.some(({ seq }) => seq === 3)) throw new Error('Nobody knows why.')
        return facts.of(pairs, within)
      },
    },
    log: own,
    patienceMs: 0,
  })
  try {
    const [eve, max] = [await seedPerson(quiet), await seedPerson(quiet)]
    const room = await seedGroup(quiet, { owners: [eve], members: [max] })
    for (const n of numbers(5)) await send(eve, room.id, { text: `${n}`, mentionIds: [max.id] })
    await notifier.settled()
    const { rows } = await database.pool.query<{ seq: number }>('SELECT seq FROM notifications ORDER BY seq')
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 4, 5])
    expect(own.lines.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { channelId: room.key, seq: 3 } }])
  } finally {
    await notifier.stop()
    await quiet.stop()
  }
})

it('whoever has nothing due costs nothing: where nothing happens, nothing is written', async () => {
  await settled()
  const { statements } = await world.statements(settled)
  // What waits to be mailed is looked for by others.
  expect(statements.filter((text) => /\b(messages|notifier|notifications|mail_people)\b/.test(text))).toHaveLength(1)
  const [row] = await sql('SELECT xmin::text FROM notifier')
  await settled()
  expect(await sql('SELECT xmin::text FROM notifier')).toEqual([row])
})

describe('two nodes', () => {
  it('at once tell everything once', async () => {
    const other = await createWorld({ databaseUrl: world.databaseUrl, env: { NOTIFIER: 'on' } })
    try {
      const room = await newRoom()
      const there = personOf(other, ada)
      await Promise.all(named(60).map((draft, n) => send(n % 2 ? ada : there, room.id, draft)))
      await Promise.all([settled(), other.app.notifier!.settled()])
      expect(await notifiedIn(room)).toEqual(numbers(60))
      expect((await sql('SELECT FROM notifications WHERE channel_id = $1 AND version > 1', [room.key])).length).toBe(0)
    } finally {
      await other.stop()
    }
  })

  it('one that is killed while it notifies is followed by the other within 10 s, and nothing is lost or comes twice', async () => {
    const quiet = await createWorld()
    const env = { DATABASE_URL: quiet.databaseUrl }
    const [doomed, heir] = [await startNode(env), await startNode(env)]
    try {
      const [eve, max] = [await seedPerson(quiet), await seedPerson(quiet)]
      const room = await seedGroup(quiet, { owners: [eve], members: [max] })
      const direct = await seedDirect(quiet, eve, max)
      const query = async (text: string) =>
        (await quiet.app.database.pool.query<{ seq: number }>(text, [room.key])).rows.map(({ seq }) => seq)
      const notified = () => query('SELECT seq FROM notifications WHERE channel_id = $1 ORDER BY seq')
      const on = (url: string) => personOf({ ...quiet, url }, eve)
      const speak = (person: Person, count: number) =>
        Promise.allSettled(Array.from({ length: count }, () => send(person, room.id, { text: 'Hello', mentionIds: [max.id] })))
      await send(on(heir.url), direct.id, 'Hello')
      const saying = speak(on(doomed.url), 200)
      await until(async () => (await notified()).length > 0)
      await doomed.kill()
      const killed = performance.now()
      await saying
      await speak(on(heir.url), 5)
      const said = await query('SELECT seq FROM messages WHERE channel_id = $1 ORDER BY seq')
      await until(async () => (await notified()).length >= said.length, 10_000)
      expect(performance.now() - killed).toBeLessThan(10_000)
      expect(await notified()).toEqual(said)
      expect(said.length).toBeGreaterThan(5)
      expect(await query(`SELECT seq FROM notifications WHERE kind = 'DIRECT_MESSAGE' AND channel_id <> $1`)).toEqual([1])
    } finally {
      await Promise.all([doomed.kill(), heir.kill()])
      await quiet.stop()
    }
  }, 60_000)
})

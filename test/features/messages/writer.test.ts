import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createWriter } from '../../../src/features/messages/writer.ts'
import { RateLimited } from '../../../src/kernel/errors.ts'
import { channelTopic } from '../../../src/kernel/topics.ts'
import { heldClock } from '../../support/clock.ts'
import { openDoor } from '../../support/door.ts'
import { holdChannel } from '../../support/hold.ts'
import { mutationOf, type Outcome, type Person, personOf } from '../../support/people.ts'
import { createDatabase, type TestDatabase } from '../../support/postgres.ts'
import { keyOf, seedGroup, seedPerson, type SeededChannel } from '../../support/seed.ts'
import { edit, idAt, react, read, remove, send, seqs, trySend } from '../../support/talk.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'

let database: TestDatabase
let world: World
let ada: Person
let bob: Person
let room: SeededChannel
beforeAll(async () => {
  database = await createDatabase()
  world = await createWorld({ databaseUrl: database.url })
  ada = await seedPerson(world)
  bob = await seedPerson(world)
})
afterAll(async () => {
  await world.stop()
  await database.drop()
})

const makeRoom = () => seedGroup(world, { owners: [ada], members: [bob] })

const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
/** Whether a statement waits for the channel's row. */
const inFlight = async () => (await world.app.database.pool.query(waits)).rowCount === 1

/** Sends these so that all but the first go together in one statement, in this order. */
async function together(sends: readonly (() => Promise<Outcome>)[]): Promise<Outcome[]> {
  const letGo = await holdChannel(database.url, room)
  const answers: Promise<Outcome>[] = []
  try {
    for (const [place, begin] of sends.entries()) {
      answers.push(begin())
      await until(() => (place === 0 ? inFlight() : world.app.rooms.messages.waiting() === place))
    }
  } finally {
    await letGo()
  }
  return Promise.all(answers)
}

describe('sends that go together', () => {
  it('a refused one harms none of its neighbours', async () => {
    room = await makeRoom()
    const eve = await seedPerson(world)
    const key = randomUUID()
    const outcomes = await together([
      () => trySend(ada, room.id, 'First'),
      () => trySend(eve, room.id, 'I am not in here'),
      () => trySend(bob, room.id, { text: 'Keyed', clientId: key }),
      () => trySend(bob, room.id, { text: 'Keyed', clientId: key }),
      () => trySend(bob, room.id, { text: 'Not what I said', clientId: key }),
      () => trySend(bob, room.id, { text: 'Nor this', clientId: key, replyToId: idAt(room.id, 99) }),
      () => trySend(ada, room.id, { text: 'Keyed', clientId: key }),
      () => trySend(bob, room.id, { replyToId: idAt(room.id, 99) }),
      () => trySend(ada, room.id, { mentionIds: [eve.id] }),
      () => trySend(bob, room.id, `Hello @${ada.handle}`),
    ])
    const told = outcomes.map(({ code, replayed, message }) => code ?? [(message as { seq: number }).seq, replayed])
    expect(told).toEqual([
      [1, false],
      'NOT_FOUND',
      [2, false],
      [2, true],
      'CONFLICT',
      'CONFLICT',
      [3, false],
      'NOT_FOUND',
      'INVALID_INPUT',
      [4, false],
    ])
    expect(seqs(await read(ada, room.id))).toEqual([1, 2, 3, 4])
  })

  it('one that fails harms none either: it alone is told so', async () => {
    room = await makeRoom()
    const admin = new Client(database.url)
    await admin.connect()
    await admin.query(`
      CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room for this'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.text = 'Fail') EXECUTE FUNCTION fail()`)
    onTestFinished(async () => {
      await admin.query('DROP TRIGGER fail ON messages; DROP FUNCTION fail')
      await admin.end()
    })
    const fails = () =>
      ada.client.send(mutationOf('sendMessage'), { input: { channelId: room.id, text: 'Fail' } }) as unknown as Promise<Outcome>
    const outcomes = await together([
      () => trySend(ada, room.id, 'First'),
      () => trySend(bob, room.id, 'Before'),
      fails,
      () => trySend(bob, room.id, 'After'),
      fails,
      () => trySend(ada, room.id, 'Last'),
    ])
    expect([2, 4].map((place) => (outcomes[place]!.errors as { extensions: { code: string } }[])[0]!.extensions.code)).toEqual([
      'INTERNAL',
      'INTERNAL',
    ])
    const { edges } = await read(ada, room.id)
    expect(edges.map(({ node }) => [node.seq, node.text])).toEqual([
      [1, 'First'],
      [2, 'Before'],
      [3, 'After'],
      [4, 'Last'],
    ])
  })

  it('end once what their sender had marked as unread', async () => {
    room = await makeRoom()
    await send(ada, room.id, 'Unread')
    await bob.client.send(mutationOf('markUnread'), { input: { channelId: room.id, fromSeq: 1 } })
    const ended: unknown[] = []
    const stop = await world.app.bus.subscribe(channelTopic(room.key), (event) => {
      if ((event as { type: string }).type === 'MembershipChanged') ended.push(event)
    })
    onTestFinished(stop)
    await together([1, 2, 3].map((n) => () => trySend(bob, room.id, `${n}`)))
    await until(() => ended.length > 0)
    await send(ada, room.id, 'Last')
    expect(ended).toHaveLength(1)
  })

  it('take one statement', async () => {
    room = await makeRoom()
    const { statements } = await world.statements(() =>
      together(Array.from({ length: 21 }, (_, n) => () => trySend(n % 2 ? ada : bob, room.id, `${n}`))),
    )
    // The first finds the channel held, and waits for it.
    expect(statements.filter((text) => text.includes('send_messages('))).toHaveLength(3)
    expect(seqs(await read(ada, room.id))).toEqual(Array.from({ length: 21 }, (_, n) => n + 1))
  })

  it('in the same turn take one statement, whatever their channels; those of a channel that is held are sent once it is free', async () => {
    const rooms = await Promise.all(Array.from({ length: 5 }, makeRoom))
    const letGo = await holdChannel(database.url, rooms[2]!)
    const { messages } = world.app.rooms
    const { userId } = await world.app.database.prisma.session.findFirstOrThrow({ where: { userId: keyOf(ada.id) } })
    const viewer = { userId, sessionId: '', role: 'USER' as const }
    const { statements } = await world.statements(async () => {
      const sent = rooms.map(({ id }, n) => messages.send(viewer, { channelId: id, text: `${n}` }))
      const free = sent.toSpliced(2, 1)
      expect((await Promise.all(free)).map(({ message }) => [message.text, message.seq])).toEqual([
        ['0', 1],
        ['1', 1],
        ['3', 1],
        ['4', 1],
      ])
      await until(inFlight)
      await letGo()
      expect((await sent[2]!).message).toMatchObject({ text: '2', seq: 1, channelId: rooms[2]!.key })
    })
    expect(statements.filter((text) => text.includes('send_messages('))).toHaveLength(2)
  })
})

describe('what waits while the channel changes is refused as it is then:', () => {
  it.each([
    ['archived', 'UPDATE channels SET archived_at = now() WHERE id = $1', 'CONFLICT'],
    ['deleted', 'UPDATE channels SET deleted_at = now() WHERE id = $1', 'NOT_FOUND'],
    ['they are removed', 'UPDATE memberships SET left_at = now() WHERE channel_id = $1', 'NOT_FOUND'],
  ])('%s', async (_what, statement, code) => {
    for (const doing of [
      () => trySend(bob, room.id, 'Next'),
      () => edit(bob, { id: idAt(room.id, 1) }, { text: 'Changed' }),
      () => remove(bob, { id: idAt(room.id, 1) }),
      () => react(bob, { id: idAt(room.id, 1) }, '👍'),
    ]) {
      room = await makeRoom()
      await send(bob, room.id, 'First')
      const letGo = await holdChannel(database.url, room, statement)
      const outcome = doing()
      await until(inFlight)
      await letGo()
      expect(await outcome).toMatchObject({ code })
      const rows = await world.app.database.prisma.message.findMany({ where: { channelId: room.key } })
      expect(rows.map(({ seq, version, text }) => [seq, version, text])).toEqual([[1, 1, 'First']])
    }
  })
})

describe('changing messages', () => {
  it('does not wait for who writes, nor the other way round', async () => {
    room = await makeRoom()
    const first = await send(bob, room.id, 'First')
    const client = new Client(database.url)
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('BEGIN')
    await client.query('SELECT FROM channels WHERE id = $1 FOR NO KEY UPDATE', [room.key])
    expect(await react(ada, first, '👍')).toMatchObject({ message: { version: 2 } })
    expect(await edit(bob, first, { text: `Hello @${ada.handle}` })).toMatchObject({ message: { version: 3 } })
    await client.query('ROLLBACK')
    await client.query('BEGIN')
    await client.query('SELECT FROM channels WHERE id = $1 FOR KEY SHARE', [room.key])
    expect((await send(ada, room.id, 'Second')).seq).toBe(2)
    await client.query('ROLLBACK')
  })
})

type Statement = { batches: Record<string, readonly number[]>; done(): void }

/** A writer whose statements end when they are told to; ten times the draft is its outcome. */
function heldWriter(bounds: Partial<Parameters<typeof createWriter>[0]>) {
  const statements: Statement[] = []
  const writer = createWriter<number, number>({
    ...(bounds as object),
    write: (batches) =>
      new Promise((resolve) =>
        statements.push({
          batches: Object.fromEntries(batches.map(({ channelId, drafts }) => [channelId, drafts])),
          done: () => resolve(batches.map(({ drafts }) => drafts.map((draft) => draft * 10))),
        }),
      ),
  })
  return { writer, statements }
}

const aTurn = () => new Promise((resolve) => setImmediate(resolve)).then(() => new Promise(setImmediate))

/** Ends them one after another, and says what they wrote. */
async function allWritten(statements: Statement[]): Promise<Statement['batches'][]> {
  const written: Statement['batches'][] = []
  for (await aTurn(); statements.length > 0; await aTurn()) {
    const { batches, done } = statements.shift()!
    written.push(batches)
    done()
  }
  return written
}

describe('statements at once', () => {
  it('are few; what waits for one then goes together, but for channels that have one in flight', async () => {
    const { writer, statements } = heldWriter({ mostAtOnce: 2, mostTogether: 4 })
    void writer.send('a', 1)
    await aTurn()
    void writer.send('b', 2)
    await aTurn()
    for (const [channelId, draft] of [
      ['a', 3],
      ['c', 4],
      ['c', 5],
      ['d', 6],
      ['d', 7],
      ['d', 8],
      ['e', 9],
    ] as const)
      void writer.send(channelId, draft)
    await aTurn()
    expect(statements.map(({ batches }) => batches)).toEqual([{ a: [1] }, { b: [2] }])
    statements[1]!.done()
    await aTurn()
    expect(statements[2]!.batches).toEqual({ c: [4, 5], d: [6, 7] })
    const rest = [{ a: [3], e: [9] }, { d: [8] }]
    expect(await allWritten(statements)).toEqual([{ a: [1] }, { b: [2] }, { c: [4, 5], d: [6, 7] }, ...rest])
  })
})

it('one draft that fails harms none that went with it, in whatever channel', async () => {
  const writer = createWriter<number, number>({
    async write(batches) {
      if (batches.some(({ drafts }) => drafts.includes(13))) throw new Error('not 13')
      return batches.map(({ drafts }) => drafts.map((draft) => draft * 10))
    },
  })
  const drafts = [
    ['a', 1],
    ['b', 2],
    ['b', 13],
    ['b', 3],
    ['c', 13],
  ] as const
  const told = await Promise.allSettled(drafts.map(([channelId, draft]) => writer.send(channelId, draft)))
  expect(told.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message))).toEqual([
    10,
    20,
    'not 13',
    30,
    'not 13',
  ])
  expect(await writer.send('b', 4)).toBe(40)
})

describe('the queue of a channel', () => {
  it('has a bound, past which a draft is told to come again; other channels are not concerned', async () => {
    const { writer, statements } = heldWriter({ mostTogether: 2, mostWaiting: 3 })
    const sent = [1, 2, 3].map((draft) => writer.send('here', draft))
    await expect(writer.send('here', 4)).rejects.toThrow(RateLimited)
    const elsewhere = writer.send('there', 6)
    expect(writer.waiting()).toBe(4)
    expect(await allWritten(statements)).toEqual([{ here: [1, 2] }, { there: [6] }, { here: [3] }])
    expect(await Promise.all([...sent, elsewhere])).toEqual([10, 20, 30, 60])
    expect(writer.waiting()).toBe(0)
    const later = writer.send('here', 7)
    expect(await allWritten(statements)).toEqual([{ here: [7] }])
    expect(await later).toBe(70)
  })

  it('is long enough for a crowd, and its end is RATE_LIMITED with a time', async () => {
    room = await makeRoom()
    const { messages } = world.app.rooms
    const viewer = { userId: (await world.app.database.prisma.session.findFirstOrThrow()).userId, sessionId: '', role: 'USER' as const }
    const letGo = await holdChannel(database.url, room)
    const say = () => messages.send(viewer, { channelId: room.id, text: 'Hello' })
    const drafts = [say()]
    await until(inFlight)
    for (let n = 0; n < 1_000; n++) drafts.push(say())
    await until(() => messages.waiting() === 1_000)
    const outcome = await trySend(ada, room.id, 'One too many')
    await letGo()
    expect(outcome).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 })
    expect((await Promise.all(drafts)).map(({ message }) => message.seq)).toEqual(Array.from({ length: 1_001 }, (_, n) => n + 1))
  })
})

describe('sending again', () => {
  it('after an answer was lost gives the message that was sent', async () => {
    room = await makeRoom()
    const { hostname: host, port } = new URL(database.url)
    const door = await openDoor({ host, port: Number(port) })
    onTestFinished(door.close)
    const through = new URL(database.url)
    through.port = `${door.port}`
    const node = await createWorld({ databaseUrl: through.href })
    onTestFinished(node.stop)
    const there = personOf(node, ada)
    const draft = { channelId: room.id, text: 'Did you get this?', clientId: randomUUID() }

    const letGo = await holdChannel(database.url, room)
    const answer = there.client.send(mutationOf('sendMessage'), { input: draft })
    await until(inFlight)
    door.cut()
    expect((await answer).errors![0]!.extensions.code).toBe('SERVICE_UNAVAILABLE')
    await letGo()
    await until(async () => (await world.app.database.prisma.message.count({ where: { channelId: room.key } })) === 1)

    const again = await trySend(there, room.id, draft)
    expect(again).toMatchObject({ replayed: true, message: { seq: 1, text: draft.text } })
    expect(seqs(await read(ada, room.id))).toEqual([1])
  })

  it('thirty-two times at once on two nodes makes one row, and equal answers', async () => {
    room = await makeRoom()
    const node = await createWorld({ databaseUrl: database.url })
    onTestFinished(node.stop)
    const here = [ada, personOf(node, ada)]
    const draft = { text: 'Once', clientId: randomUUID() }
    const outcomes = await Promise.all(Array.from({ length: 32 }, (_, n) => trySend(here[n % 2]!, room.id, draft)))
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(new Set(outcomes.map(({ message }) => JSON.stringify(message))).size).toBe(1)
    expect(await world.app.database.prisma.message.count({ where: { channelId: room.key } })).toBe(1)
    expect((await send(ada, room.id, 'Next')).seq).toBe(2)
  })
})

it('five a second, with bursts of twenty, for each person', async () => {
  const clock = heldClock(new Date().toISOString())
  const node = await createWorld({ databaseUrl: database.url, clock, env: { RATE_LIMITS: 'on' } })
  onTestFinished(node.stop)
  room = await makeRoom()
  const [limited, other] = [personOf(node, ada), personOf(node, bob)]
  for (let n = 1; n <= 20; n++) expect((await send(limited, room.id, `${n}`)).seq).toBe(n)
  expect(await trySend(limited, room.id, 'Too many')).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 200 })
  expect((await send(other, room.id, 'Mine')).seq).toBe(21)
  clock.forward(1_000)
  for (let n = 22; n <= 26; n++) expect((await send(limited, room.id, `${n}`)).seq).toBe(n)
  expect(await trySend(limited, room.id, 'Too many')).toMatchObject({ code: 'RATE_LIMITED' })
})

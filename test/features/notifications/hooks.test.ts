import { expect, it } from 'vitest'
import type { DecisionsOn } from '../../../src/features/notifications/decisions.ts'
import type { Listener, Place } from '../../../src/features/notifications/facts.store.ts'
import { createHooks, type Decided, type Hook } from '../../../src/features/notifications/hooks.ts'
import { createSaidToAll } from '../../../src/features/notifications/said-to-all.ts'
import type { Push, PushSender } from '../../../src/ports/push.ts'
import { keptLog } from '../../support/log.ts'
import type { Person } from '../../support/people.ts'
import { act } from '../../support/channels.ts'
import { markRead } from '../../support/marks.ts'
import { seedGroup, seedPerson, keyOf } from '../../support/seed.ts'
import { send } from '../../support/talk.ts'
import { until } from '../../support/until.ts'
import { createWorld } from '../../support/world.ts'

const decided = (seq: number, more: Partial<Decided> = {}): Decided => ({
  userId: 'bob',
  channelId: 'c',
  seq,
  actorId: 'ada',
  kind: 'MENTION',
  messages: 1,
  decision: { at: { IN_APP: new Date(), EMAIL: null, PUSH: null }, rules: [] },
  text: async () => 'secret',
  ...more,
})

it('each is told everything, in order, whatever becomes of its neighbours; what they throw is logged without what is said', async () => {
  const log = keptLog()
  const told: number[] = []
  const hooks: Hook[] = [
    function throwing({ text }) {
      void text()
      throw new TypeError('secret')
    },
    async function rejecting({ text }) {
      throw new RangeError(String(await text()))
    },
    function hanging() {
      return new Promise(() => {})
    },
    function good({ seq }) {
      told.push(seq!)
    },
  ]
  createHooks({ hooks, log, limitMs: 30, atOnce: 1 }).tell([1, 2, 3].map((seq) => decided(seq)))
  await until(() => told.length === 3 && log.lines.length === 9)
  expect(told).toEqual([1, 2, 3])
  expect(log.lines.map(({ level, fields }) => `${level} ${String(fields.hook)}`).toSorted()).toEqual(
    ['hanging', 'rejecting', 'throwing'].flatMap((name) => Array<string>(3).fill(`warn ${name}`)),
  )
  expect(JSON.stringify(log.lines)).not.toContain('secret')
})

it('one that hangs is told to stop when its time is over, and what waits for it is bounded', async () => {
  const log = keptLog()
  let begun = 0
  let stopped = 0
  async function slow(_decided: Decided, signal: AbortSignal): Promise<void> {
    begun++
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    stopped++
  }
  const { tell } = createHooks({ hooks: [slow], log, limitMs: 20, atOnce: 2, mostWaiting: 3 })
  tell(Array.from({ length: 10 }, (_, seq) => decided(seq)))
  await until(() => log.lines.some(({ fields }) => fields.calls !== undefined))
  await until(() => stopped === 3)
  expect(begun).toBe(3)
  expect(log.lines.find(({ fields }) => fields.calls)?.fields).toEqual({ hook: 'slow', calls: 7 })
})

it('a server calls them with everything that was decided, once for each', async () => {
  const calls: (Decided & { said: string | null })[] = []
  const hook: Hook = async (one) => void calls.push({ ...one, said: await one.text() })
  const world = await createWorld({ env: { NOTIFIER: 'on' }, hooks: [hook] })
  try {
    const people = await Promise.all(Array.from({ length: 6 }, () => seedPerson(world)))
    const [ada, bob, here, quiet, read, deaf] = people as [Person, Person, Person, Person, Person, Person]
    const members = [bob, here, quiet, read, deaf]
    const room = await seedGroup(world, { owners: [ada], members })
    await act(quiet, 'updateMembership', { channelId: room.id, notificationLevel: 'MENTIONS' })
    await world.app.database.pool.query(`UPDATE accounts SET push_notifications = false WHERE user_id = '${keyOf(deaf.id)}'`)
    const socket = await here.connect()
    await socket.run('{ viewer { user { id } } }')
    const told = async (count: number) => {
      await world.app.notifier!.settled()
      await until(() => calls.length >= count)
      return calls.splice(0).map(({ userId, kind, seq, messages, said }) => ({
        to: members.find(({ id }) => keyOf(id) === userId)?.handle,
        ...{ kind, seq, messages, said },
      }))
    }

    await send(ada, room.id, `Hello @${bob.handle}`)
    await markRead(read, room, 1)
    expect(await told(1)).toEqual([{ to: bob.handle, kind: 'MENTION', seq: 1, messages: 1, said: `Hello @${bob.handle}` }])

    // Whoever is online looks, whoever wants only what is for them, or nothing pushed, isn't interrupted, and the sender knows it.
    const client = await world.app.database.pool.connect()
    await client.query('BEGIN')
    await client.query('SELECT FROM notifier FOR UPDATE')
    for (const text of ['to all', 'to all again', `and to @${bob.handle}`]) await send(ada, room.id, text)
    await client.query('COMMIT')
    client.release()
    const all = await told(3)
    expect(all.toSorted((one, other) => one.messages - other.messages || one.seq! - other.seq!)).toEqual([
      { to: bob.handle, kind: 'MENTION', seq: 4, messages: 1, said: `and to @${bob.handle}` },
      { to: bob.handle, kind: null, seq: 3, messages: 2, said: 'to all again' },
      { to: read.handle, kind: null, seq: 4, messages: 3, said: `and to @${bob.handle}` },
    ])

    const another = await seedGroup(world, { owners: [ada] })
    await act(ada, 'addMembers', { channelId: another.id, userIds: [bob.id] })
    await until(() => calls.length > 0)
    expect(calls[0]!.decision).toMatchObject({ at: { EMAIL: null, PUSH: expect.any(Date) as Date }, rules: [] })
    expect(await told(1)).toEqual([{ to: bob.handle, kind: 'ADDED_TO_CHANNEL', seq: null, messages: 0, said: null }])
    await socket.close()
  } finally {
    await world.stop()
  }
})

it('what is said to many at once is told to each of them by the newest, and no faster than it can be', async () => {
  const calls: Decided[] = []
  const world = await createWorld({ env: { NOTIFIER: 'on' }, hooks: [(one) => void calls.push(one)] })
  try {
    const [ada, bob] = [await seedPerson(world), await seedPerson(world)]
    const room = await seedGroup(world, { owners: [ada], members: [bob] })
    await world.app.database.pool.query(
      `WITH u AS (INSERT INTO users (id, handle, display_name) SELECT gen_random_uuid(), 'many' || n, '' FROM generate_series(1, 1000) n RETURNING id),
         a AS (INSERT INTO accounts (user_id, email) SELECT id, id || '@example.org' FROM u),
         m AS (INSERT INTO memberships (channel_id, user_id, role, notification_level, history_from) SELECT $1::uuid, id, 'MEMBER', 'ALL', 1 FROM u)
       INSERT INTO receipts (channel_id, user_id) SELECT $1::uuid, id FROM u`,
      [room.key],
    )
    for (let n = 0; n < 50; n++) await send(ada, room.id, `${n}`)
    await world.app.notifier!.settled()
    const last = () => new Set(calls.filter(({ seq }) => seq === 50).map(({ userId }) => userId)).size
    await until(() => last() === 1_001)
    const counts = Map.groupBy(calls, ({ userId }) => userId)
    for (const own of counts.values()) expect(own.reduce((sum, { messages }) => sum + messages, 0)).toBe(50)
    expect(counts.get(keyOf(bob.id))!.length).toBeLessThan(25)
  } finally {
    await world.stop()
  }
})

const placesTo = (last: number, first = 1): Place[] =>
  Array.from({ length: last - first + 1 }, (_, n) => ({ channelId: 'c', seq: first + n }))

/** All that is around it, where everybody is away and may be pushed to. `saidToAll` answers what it is asked for, as said by ada. */
function gathering({ listeners, mostMessages, mostNames }: { listeners: Listener[]; mostMessages?: number; mostNames?: number }) {
  const log = keptLog()
  const told: Decided[] = []
  const asked: number[][] = []
  const work = { reads: 0, until: Promise.resolve() }
  const said = (seq: number) => ({
    channelId: 'c',
    senderId: 'ada',
    get seq() {
      work.reads++
      return seq
    },
  })
  const decisionsOn = async (pairs: Parameters<DecisionsOn>[0]) =>
    pairs.map(({ userId, channelId, seq }) => ({
      facts: { message: { channelId, seq, senderId: 'ada' }, recipient: { userId } },
      decision: { kind: null, at: { IN_APP: null, EMAIL: null, PUSH: new Date() }, rules: [] },
    }))
  const saidToAll = createSaidToAll({
    facts: {
      saidToAll: async (places) => {
        asked.push(places.map(({ seq }) => seq))
        await work.until
        return places.map(({ seq }) => said(seq))
      },
      listeners: async () => listeners,
      text: async () => null,
    },
    decisionsOn: decisionsOn as unknown as DecisionsOn,
    register: { at: async (people) => people.map(() => ({ status: 'OFFLINE', lastActiveAt: null })) },
    hooks: { isEmpty: false, tell: (some) => void told.push(...some) },
    log,
    ...(mostMessages && { mostMessages }),
    ...(mostNames && { mostNames }),
  })
  return { ...saidToAll, log, told, asked, work }
}

it('thousands of messages are told to thousands of people without holding up other work', async () => {
  const listeners = Array.from({ length: 2_000 }, (_, n) => ({ channelId: 'c', userId: `u${n}`, afterSeq: n }))
  const { gather, settled, told, work } = gathering({ listeners: [...listeners, { channelId: 'c', userId: 'ada', afterSeq: 0 }] })
  const byName = [5_000, 4_999, 3].map((seq) => ({ channelId: 'c', seq, userId: 'u10' }))
  gather(placesTo(5_000), byName)
  let turns = 0
  let done = false
  const turn = () => {
    turns++
    if (!done) setImmediate(turn)
  }
  setImmediate(turn)
  await settled()
  done = true
  expect(turns).toBeGreaterThanOrEqual(4)
  expect(work.reads).toBeLessThan(50_000)
  expect(told.map(({ userId, seq, messages }) => ({ userId, seq, messages }))).toEqual(
    listeners.map(({ userId, afterSeq }) =>
      userId === 'u10' ? { userId, seq: 4_998, messages: 4_988 } : { userId, seq: 5_000, messages: 5_000 - afterSeq },
    ),
  )
})

it('while people are told of what was said the next messages gather, and more than it may hold are left out and counted', async () => {
  const bob = { channelId: 'c', userId: 'bob', afterSeq: 0 }
  const { gather, settled, told, asked, work, log } = gathering({ listeners: [bob], mostMessages: 3, mostNames: 2 })
  const { promise, resolve } = Promise.withResolvers<void>()
  work.until = promise
  const waiting = []
  for (let seq = 1; seq <= 8; seq++) {
    gather(placesTo(seq, seq), [])
    waiting.push(settled())
    await new Promise(setImmediate)
  }
  expect(asked).toEqual([[1]])
  resolve()
  await Promise.all(waiting)
  expect(asked).toEqual([[1], [2, 3, 4]])
  expect(told.map(({ seq, messages }) => [seq, messages])).toEqual([
    [1, 1],
    [4, 3],
  ])
  // Who is told by name is bounded as well.
  gather(
    placesTo(11, 9),
    ['carl', 'dora', 'eva'].map((userId) => ({ channelId: 'c', seq: 10, userId })),
  )
  await settled()
  expect(asked.at(-1)).toEqual([9, 11])
  expect(log.lines.map(({ level, fields }) => [level, fields])).toEqual([
    ['warn', { messages: 4 }],
    ['warn', { messages: 1 }],
  ])
})

it('a sender of pushes is told what may interrupt somebody, and when; nothing where they want none', async () => {
  const pushes: (Push & { said: string | null })[] = []
  const push: PushSender = { isThere: true, send: async (one) => void pushes.push({ ...one, said: await one.text() }) }
  const world = await createWorld({ env: { NOTIFIER: 'on' }, push })
  try {
    const [ada, bob, carl, dora] = [await seedPerson(world), await seedPerson(world), await seedPerson(world), await seedPerson(world)]
    const set = (person: Person, what: string) =>
      world.app.database.pool.query(`UPDATE accounts SET ${what} WHERE user_id = '${keyOf(person.id)}'`)
    await set(carl, 'push_notifications = false')
    const local = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16)
    await set(dora, `quiet_from = '${local(-60)}', quiet_to = '${local(60)}', time_zone = 'UTC'`)
    const room = await seedGroup(world, { owners: [ada], members: [bob, carl, dora] })
    const before = Date.now()
    await send(ada, room.id, { text: 'Hello', mentionIds: [bob.id, carl.id, dora.id] })
    await world.app.notifier!.settled()
    await until(() => pushes.length === 2)
    const of = (person: Person) => pushes.find(({ userId }) => userId === keyOf(person.id))
    expect(of(bob)).toMatchObject({ channelId: room.key, seq: 1, actorId: keyOf(ada.id), kind: 'MENTION', said: 'Hello' })
    expect(of(bob)!.at.getTime() - before).toBeLessThan(60_000)
    expect(of(dora)!.at.getTime() - before).toBeGreaterThan(50 * 60_000)
  } finally {
    await world.stop()
  }
})

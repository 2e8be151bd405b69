import { expect, it } from 'vitest'
import { createHooks, type Decided, type Hook } from '../../../src/features/notifications/hooks.ts'
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

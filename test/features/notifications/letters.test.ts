import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createPresenceMemory } from '../../../src/adapters/presence-memory.ts'
import { createFactsStore } from '../../../src/features/notifications/facts.store.ts'
import { createLetterWriter } from '../../../src/features/notifications/letter-writer.ts'
import { createLettersStore } from '../../../src/features/notifications/letters.store.ts'
import { createMailed } from '../../../src/features/notifications/mailed.ts'
import { notificationLetter } from '../../../src/features/notifications/notifications.mail.ts'
import { createOutlook } from '../../../src/features/notifications/outlook.ts'
import type { Mail } from '../../../src/ports/mailer.ts'
import { act } from '../../support/channels.ts'
import { clockAhead } from '../../support/clock.ts'
import { markRead } from '../../support/marks.ts'
import { mutate, type Person, password, query } from '../../support/people.ts'
import { keyOf, seedDirect, seedGroup, seedPerson, type SeededChannel } from '../../support/seed.ts'
import { remove, send } from '../../support/talk.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'

// Mails about what is unread, through a whole server, with a clock in the hand. When they may go is tested without one (decide.test.ts).

const minute = 60_000
const hour = 60 * minute
const clock = clockAhead()
let world: World
let ada: Person
let bob: Person
let direct: SeededChannel
beforeAll(async () => {
  world = await createWorld({ clock, env: { NOTIFIER: 'on' } })
})
afterAll(() => world.stop())
beforeEach(async () => {
  clock.reset()
  ;[ada, bob] = [await seedPerson(world, { displayName: 'Ada' }), await reachable()]
  direct = await seedDirect(world, ada, bob)
  world.mails.length = 0
})

const set = (person: Person, what: string) =>
  world.app.database.pool.query(`UPDATE accounts SET ${what} WHERE user_id = '${keyOf(person.id)}'`)
async function reachable(): Promise<Person> {
  const person = await seedPerson(world)
  await set(person, 'email_verified_at = now()')
  return person
}
/** All that is due is mailed, and noted. */
async function settled(): Promise<void> {
  for (let n = 0; n < 2; n++) {
    await world.app.notifier!.settled()
    await world.app.mail.settled()
  }
  await world.app.notifier!.settled()
}
/** What Bob is mailed by then. */
async function after(ms: number): Promise<Mail[]> {
  await settled()
  clock.forward(ms)
  await settled()
  // However far the clock is put forward, people stay signed in.
  await world.app.database.pool.query(`UPDATE sessions SET expires_at = '2100-01-01'`)
  return mailsTo(bob, world.mails.splice(0))
}
const mailsTo = (person: Person, mails: readonly Mail[]) => mails.filter(({ to }) => to === person.email)
const rows = async (statement: string) => (await world.app.database.pool.query(statement)).rows as Record<string, unknown>[]

it('one goes about all that waits, two minutes after the first, and says who, where and what', async () => {
  const room = await seedGroup(world, { name: 'The room', owners: [ada], members: [bob] })
  await send(ada, direct.id, 'Are you there?')
  expect(await after(minute)).toEqual([])
  await send(ada, room.id, `Look, @${bob.handle}`)
  await send(ada, room.id, 'not for anybody')
  expect(await after(minute - 20_000)).toEqual([])
  const [mail, ...others] = await after(21_000)
  expect(others).toEqual([])
  for (const words of ['Ada', 'Are you there?', 'The room', `Look, @${bob.handle}`]) expect(mail!.text).toContain(words)
  expect(mail!.text).not.toContain('not for anybody')
  expect(await after(3 * hour)).toEqual([])
})

it('two minutes are those of the first that is unread still, not of one that was read meanwhile', async () => {
  await send(ada, direct.id, 'one')
  await world.app.notifier!.settled()
  // As if that had been 110 seconds ago.
  const ago = `- interval '110 seconds' WHERE user_id = '${keyOf(bob.id)}'`
  await rows(`UPDATE mail_conversations SET waiting_since = waiting_since ${ago}`)
  await rows(`UPDATE mail_people SET due_at = due_at ${ago}`)
  await markRead(bob, direct, 1)
  await send(ada, direct.id, 'two')
  expect(await after(minute)).toEqual([])
  const [mail, ...others] = await after(minute + 1_000)
  expect([others, mail!.text.includes('two'), mail!.text.includes('one')]).toEqual([[], true, false])
})

it('of several that come together it is missed by nobody that the first is no news', async () => {
  const room = await seedGroup(world, { owners: [ada], members: [bob] })
  await set(bob, `email_notifications = 'ALL'`)
  const client = await world.app.database.pool.connect()
  const together = async (work: () => Promise<unknown>) => {
    // As if another node were at it.
    await client.query('BEGIN')
    await client.query('SELECT FROM notifier FOR UPDATE')
    await work()
    await client.query('COMMIT')
    return (await after(25 * hour)).map(({ text: body }) => body.includes('news'))
  }
  try {
    const deleted = () => send(ada, room.id, 'gone').then((message) => remove(ada, message))
    expect(await together(() => deleted().then(() => send(ada, room.id, 'news')))).toEqual([true])
    const carl = await seedPerson(world)
    const said = () => act(ada, 'addMembers', { channelId: room.id, userIds: [carl.id] })
    expect(await together(() => said().then(() => send(ada, room.id, 'news')))).toEqual([true])
    // Told already by a mail that went between their being sent and this.
    const told = () =>
      send(ada, room.id, 'told').then(({ seq }) =>
        rows(`UPDATE mail_conversations SET mailed_seq = ${seq} WHERE channel_id = '${room.key}'`),
      )
    expect(await together(() => told().then(() => send(ada, room.id, 'news')))).toEqual([true])
  } finally {
    client.release()
  }
})

it('none goes about what was read, deleted, muted or left meanwhile', async () => {
  const room = await seedGroup(world, { owners: [ada], members: [bob] })
  const speak = async () => {
    clock.reset()
    return [await send(ada, direct.id, 'one'), await send(ada, room.id, `two @${bob.handle}`)]
  }
  await speak()
  await after(minute)
  await markRead(bob, direct, 1)
  await markRead(bob, room, 1)
  expect(await after(minute)).toEqual([])

  const said = await speak()
  for (const message of said) await remove(ada, message)
  expect(await after(hour)).toEqual([])

  await speak()
  await act(bob, 'updateMembership', { channelId: direct.id, notificationLevel: 'NONE' })
  await act(ada, 'removeMember', { channelId: room.id, userId: bob.id })
  expect(await after(hour)).toEqual([])
  // Nobody who has nothing due is looked at again.
  expect(await rows(`SELECT due_at FROM mail_people WHERE user_id = '${keyOf(bob.id)}'`)).toEqual([{ due_at: null }])
})

it('the next about a conversation goes 10 minutes later, then an hour, then a day, until they come back; and says only what is new', async () => {
  const talk = async (text: string, ms: number) => {
    await send(ada, direct.id, text)
    return (await after(ms)).map(({ text: body }) => body.includes(text))
  }
  expect(await talk('first', 2 * minute + 1_000)).toEqual([true])
  expect(await talk('second', 9 * minute)).toEqual([])
  const [second] = await after(2 * minute)
  expect(second!.text).toContain('second')
  expect(second!.text).not.toContain('first')
  expect(await talk('third', 50 * minute)).toEqual([])
  expect(await after(10 * minute)).toHaveLength(1)
  expect(await talk('fourth', 23 * hour)).toEqual([])
  expect(await after(hour)).toHaveLength(1)
  // Any sign of life is one of having been here.
  await mutate(bob.client, 'updateProfile', { bio: 'back' })
  clock.forward(1_000)
  expect(await talk('fifth', 3 * minute)).toEqual([true])
})

it('whoever is online is not mailed, and is once they are gone and haven’t read it', async () => {
  const socket = await bob.connect()
  await socket.run('{ viewer { user { id } } }')
  await send(ada, direct.id, 'Hello')
  expect(await after(2 * minute + 1_000)).toEqual([])
  // Connected still, and away for more than five minutes.
  clock.forward(4 * minute)
  const look = 'query ($id: ID!) { node(id: $id) { ... on User { presence { status } } } }'
  type Seen = { node: { presence: { status: string } } }
  await until(async () => (await query<Seen>(ada.client, look, { id: bob.id })).node.presence.status === 'AWAY')
  // Whoever was found online is looked at again two minutes later.
  expect(await after(2 * minute + 1_000)).toHaveLength(1)
  await socket.close()
})

it('never more than six go in a day; what is over waits for the next one, all in one', async () => {
  const rooms = await Promise.all(Array.from({ length: 8 }, () => seedDirectWith()))
  async function seedDirectWith() {
    const other = await seedPerson(world)
    return { other, channel: await seedDirect(world, other, bob) }
  }
  let mails = 0
  for (const { other, channel } of rooms) {
    await send(other, channel.id, 'Hello')
    mails += (await after(3 * minute)).length
  }
  expect(mails).toBe(6)
  const [seventh, ...others] = await after(24 * hour)
  expect(others).toEqual([])
  expect(seventh!.text.match(/Hello/g)).toHaveLength(2)
})

it('none is written while many are on their way: what is read until there is room is not mailed; many that failed hold up nobody', async () => {
  await rows(`INSERT INTO mails (id, key, priority, recipient, subject, text, html, due_at)
    SELECT gen_random_uuid(), 'many ' || n, 'NOTIFICATION', 'them@example.org', '', '', '', now() + interval '50 seconds' FROM generate_series(1, 30) AS n`)
  await send(ada, direct.id, 'one')
  expect(await after(3 * minute)).toEqual([])
  await markRead(bob, direct, 1)
  clock.reset()
  await send(ada, direct.id, 'two')
  expect(await after(3 * minute)).toEqual([])
  await rows(`UPDATE mails SET due_at = now() + interval '1 hour' WHERE key LIKE 'many %'`)
  const [mail, ...others] = await after(0)
  expect([others, mail!.text.includes('two'), mail!.text.includes('one')]).toEqual([[], true, false])
  await rows(`DELETE FROM mails WHERE key LIKE 'many %'`)
})

it('a clock that went wrong for a while, and wrote down times far ahead, keeps nobody from being mailed later', async () => {
  await send(ada, direct.id, 'one')
  expect(await after(365 * 24 * hour)).toHaveLength(1)
  clock.reset()
  await send(ada, direct.id, 'two')
  expect(await after(3 * minute)).toHaveLength(1)
})

it('quiet hours hold it back until they end, by the clock of the place', async () => {
  const local = (ms: number) => new Date(clock.now().getTime() + ms).toISOString().slice(11, 16)
  await set(bob, `quiet_from = '${local(-hour)}', quiet_to = '${local(hour)}', time_zone = 'UTC'`)
  await send(ada, direct.id, 'Hush')
  expect(await after(50 * minute)).toEqual([])
  expect(await after(11 * minute)).toHaveLength(1)
})

it('settings say about what: everything, only what is for them, or nothing; and only to an address that is theirs', async () => {
  const room = await seedGroup(world, { owners: [ada], members: [bob] })
  const speak = async () => {
    clock.reset()
    await send(ada, room.id, 'just talk')
    await send(ada, room.id, 'more talk')
    return (await after(25 * hour)).map(({ text: body }) => body)
  }
  expect(await speak()).toEqual([])
  await set(bob, `email_notifications = 'ALL'`)
  const [mail, ...others] = await speak()
  expect(others).toEqual([])
  expect(mail).toContain('more talk')
  await set(bob, `email_notifications = 'NONE'`)
  await send(ada, direct.id, 'Hello')
  expect(await speak()).toEqual([])
  await set(bob, `email_notifications = 'ALL', email_verified_at = NULL`)
  expect(await speak()).toEqual([])
})

it('whoever wants to hear of mentions alone in a direct conversation is mailed about one behind many that are none', async () => {
  await act(bob, 'updateMembership', { channelId: direct.id, notificationLevel: 'MENTIONS' })
  for (let n = 1; n <= 21; n++) await send(ada, direct.id, `${n}`)
  await send(ada, direct.id, `Urgent, @${bob.handle}`)
  const [mail, ...others] = await after(3 * minute)
  expect(others).toEqual([])
  expect(mail!.text).toContain('Urgent')
})

it('each batch has a key of its own; and where ordering fails nothing is noted', async () => {
  await send(ada, direct.id, 'one')
  await after(0)
  await rows(`ALTER TABLE mails ADD CONSTRAINT none CHECK (priority <> 'NOTIFICATION') NOT VALID`)
  // Whoever could not be mailed is looked at again in a minute, and nobody waits for it.
  expect(await after(3 * minute)).toEqual([])
  await rows('ALTER TABLE mails DROP CONSTRAINT none')
  const [first, ...others] = await after(minute)
  expect(others).toEqual([])
  await send(ada, direct.id, 'two')
  const [second] = await after(hour)
  expect(new Set([first!.idempotencyKey, second!.idempotencyKey]).size).toBe(2)
})

it('what is said while a mail is written, and is in it, is told once', async () => {
  const { database, unsubscribe } = world.app
  const [store, register] = [createLettersStore(), createPresenceMemory()]
  const lookAt = createOutlook({
    store: {
      ...store,
      lines: async (...asked) => {
        await send(ada, direct.id, 'two')
        return store.lines(...asked)
      },
    },
    facts: createFactsStore(database),
    register,
    clock,
    policy: { afterMs: 0, distancesMs: [0], mailsPerDay: 6 },
  })
  const note = createMailed({ store, register, clock })
  const words = { letter: notificationLetter, unsubscribe, publicUrl: world.url, withTexts: true }
  const writer = createLetterWriter({ store, lookAt, note, ...words })
  await send(ada, direct.id, 'one')
  await settled()
  const order = { to: bob.email, userId: keyOf(bob.id) }
  const { prisma } = database
  const written = await prisma.$transaction((within) => writer.write({ ...order, about: null }, within))
  expect(written!.text).toContain('two')
  await prisma.$transaction((within) => writer.sent!({ ...order, about: written!.about }, within))
  expect(await after(25 * hour)).toEqual([])
})

it('whose account is deleted is mailed nothing', async () => {
  await send(ada, direct.id, 'Hello')
  await world.app.notifier!.settled()
  expect((await mutate(bob.client, 'deleteAccount', { password })).__typename).toBe('DeleteAccountPayload')
  expect(await after(hour)).toEqual([])
})

it('goes through the queue to the mailer, once, with links that end it', async () => {
  const real = await createWorld({ clock, databaseUrl: world.databaseUrl, env: { NOTIFIER: 'on', EMAIL_CONTENT: 'none' } })
  try {
    await send(ada, direct.id, 'Hello')
    await real.app.notifier!.settled()
    // Only this one looks, and mails, from now on.
    await world.app.notifier!.stop()
    await world.app.mail.close()
    clock.forward(2 * minute + 1_000)
    await real.app.notifier!.settled()
    await until(() => real.mails.some(({ to }) => to === bob.email))
    await real.app.settled()
    const [mail, ...others] = real.mails.filter(({ to }) => to === bob.email)
    expect([others, mailsTo(bob, world.mails)]).toEqual([[], []])
    expect(mail!.text).toContain('Ada')
    expect(mail!.text).not.toContain('Hello')
    expect(mail!.headers).toMatchObject({ 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' })
    const { status } = await fetch(`${real.url}${/\/unsubscribe\S+/.exec(mail!.text)![0]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    })
    expect(status).toBe(200)
    await send(ada, direct.id, 'again')
    await real.app.notifier!.settled()
    clock.forward(25 * hour)
    await real.app.notifier!.settled()
    await real.app.settled()
    expect(real.mails.filter(({ to }) => to === bob.email)).toHaveLength(1)
  } finally {
    await real.stop()
  }
})

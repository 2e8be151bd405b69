import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { spoil } from '../support/bus-faults.ts'
import { act } from '../support/channels.ts'
import { openStream } from '../support/event-stream.ts'
import { type Event, eventsUntil, inbox, nextEvent } from '../support/live.ts'
import { type Person, viewerOf } from '../support/people.ts'
import { seedGroup, seedPerson } from '../support/seed.ts'
import type { TestSocket } from '../support/socket.ts'
import { edit, send } from '../support/talk.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let ada: Person
let bob: Person
let mend = () => {}
const sockets: TestSocket[] = []
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world, { displayName: 'Ada' })
})
afterAll(() => world.stop())
afterEach(async () => {
  mend()
  await Promise.all(sockets.splice(0).map((socket) => socket.close()))
})

const newRoom = async () => {
  bob = await seedPerson(world, { displayName: 'Bob' })
  return seedGroup(world, { owners: [ada], members: [bob] })
}
const cursorOf = async (person: Person) => ((await viewerOf(person.client, 'cursor')) as { cursor: string }).cursor
const typeOf = ({ __typename }: Event) => __typename
const is = (type: string) => (event: Event) => event.__typename === type
const says = (text: string) => (event: Event) => (event.message as { text?: string } | undefined)?.text === text

async function open(person: Person, after: string | null = null) {
  const socket = await person.connect()
  sockets.push(socket)
  const id = socket.start(inbox, { after })
  return {
    socket,
    next: () => nextEvent(socket, id),
    until: (fits: (event: Event) => boolean) => eventsUntil(socket, id, fits),
  }
}

/** What came of one kind, as the texts or versions of it. */
const texts = (events: Event[], type: string) => events.filter(is(type)).map(({ message }) => (message as { text: string }).text)

describe('what was missed', () => {
  it('is told anew in another version, where its topic hears of it for the first time', async () => {
    const room = await newRoom()
    const after = await cursorOf(bob)
    // Open here, so that it begins before what the bus loses.
    const first = await open(ada)
    await first.until(is('StreamReady'))
    const mend = spoil(world, (_topic, { type }) => (type === 'MessageAdded' ? { times: 0 } : {}))
    const said = await send(ada, room.id, 'lost')
    mend()
    const { until } = await open(bob, after)
    expect(texts(await until(is('StreamReady')), 'MessageAdded')).toContain('lost')
    await edit(ada, said, { text: 'lost, and found' })
    expect(texts(await until(is('MessageChanged')), 'MessageChanged')).toEqual(['lost, and found'])
  })

  it('comes first, each thing once and as it is now, then what happens', async () => {
    const room = await newRoom()
    const old = await send(ada, room.id, 'old')
    const after = await cursorOf(bob)
    const [one] = [await send(ada, room.id, 'one'), await send(ada, room.id, 'two')]
    await edit(ada, one, { text: 'one, edited' })
    await edit(ada, one, { text: 'one, edited twice' })
    await act(ada, 'updateChannel', { channelId: room.id, topic: 'New' })
    await act(ada, 'updateProfile', { displayName: 'Ada L.' })
    // The cursor is of a sweep before `old` or after it; what is before it may come again, with the same version.
    const { until } = await open(bob, after)
    const missed = await until(is('StreamReady'))
    expect(texts(missed, 'MessageAdded').filter((text) => text !== 'old')).toEqual(['one, edited twice', 'two'])
    expect(texts(missed, 'MessageChanged')).toEqual([])
    expect(missed.filter(is('ChannelChanged')).map(({ channel }) => channel)).toMatchObject([{ topic: 'New' }])
    expect(missed.filter(is('UserChanged')).map(({ user }) => user)).toContainEqual(expect.objectContaining({ displayName: 'Ada L.' }))
    expect(missed.at(-1)).toMatchObject({ replayed: missed.length - 1 })
    await edit(ada, old, { text: 'old, edited' })
    await send(ada, room.id, 'live')
    const live = await until(says('live'))
    expect(texts(live, 'MessageChanged')).toContain('old, edited')
  })

  it('is resumed while others write, without a hole and in order', async () => {
    const room = await newRoom()
    let after = await cursorOf(bob)
    const writing = (async () => {
      for (let n = 1; n <= 60; n++) await send(ada, room.id, `${n}`)
      await send(ada, room.id, 'done')
    })()
    const got = new Set<string>()
    for (let done = false; !done; ) {
      const { socket, next } = await open(bob, after)
      let newest = 0
      let live = 0
      while (live < 8 && !done) {
        const event = await next()
        if (live > 0 || is('StreamReady')(event)) live++
        after = event.cursor!
        if (!is('MessageAdded')(event)) continue
        const { text, seq } = event.message as { text: string; seq: number }
        expect(seq).toBeGreaterThan(newest)
        newest = seq
        got.add(text)
        done = text === 'done'
      }
      await socket.close()
    }
    await writing
    expect(got.size).toBe(61)
  })

  it('of a transaction that stays open for seconds comes when it is committed, live and resumed', async () => {
    const room = await newRoom()
    const slow = new Client(world.app.database.pool.options.connectionString)
    await slow.connect()
    try {
      await slow.query('BEGIN')
      // It has its number now, and what is committed before it does has a higher one.
      await slow.query('UPDATE users SET bio = $2 WHERE id = (SELECT user_id FROM accounts WHERE email = $1)', [bob.email, 'slow'])
      const { until } = await open(ada, await cursorOf(ada))
      await until(is('StreamReady'))
      await send(bob, room.id, 'overtakes')
      const { cursor } = (await until(says('overtakes'))).at(-1)!
      // Sweeps pass over it while it is under way.
      await new Promise((resolve) => setTimeout(resolve, 2_200))
      const later = (await send(bob, room.id, 'later'), await until(says('later'))).at(-1)!
      await slow.query('COMMIT')
      const ofBob = ({ user }: Event) => (user as { id: string } | undefined)?.id === bob.id
      await until((event) => is('UserChanged')(event) && ofBob(event))
      for (const after of [cursor!, later.cursor!]) {
        const resumed = await (await open(ada, after)).until(is('StreamReady'))
        expect(resumed.some((event) => is('UserChanged')(event) && ofBob(event))).toBe(true)
      }
    } finally {
      await slow.end()
    }
  })

  it('of a channel left and of one joined: that one is closed, this one is there', async () => {
    const [left, joined] = [await newRoom(), await seedGroup(world, { owners: [ada] })]
    const after = await cursorOf(bob)
    await send(ada, left.id, 'before')
    await act(ada, 'removeMember', { channelId: left.id, userId: bob.id })
    await send(ada, left.id, 'secret')
    await act(ada, 'addMembers', { channelId: joined.id, userIds: [bob.id] })
    await send(ada, joined.id, 'welcome')
    const missed = await (await open(bob, after)).until(is('StreamReady'))
    expect(missed.filter(is('AccessRevoked'))).toMatchObject([{ channelId: left.id, version: 2 }])
    expect(texts(missed, 'MessageAdded')).toContain('welcome')
    expect(JSON.stringify(missed)).not.toContain('secret')
  })

  it('without what was said between leaving and coming back, when that happens just as the past is read', async () => {
    const room = await newRoom()
    const after = await cursorOf(bob)
    const { pool } = world.app.database
    const query = pool.query.bind(pool) as (...asked: unknown[]) => Promise<unknown>
    const spoiled = spoil(world, () => ({ times: 0 }))
    mend = () => {
      pool.query = query as typeof pool.query
      spoiled()
    }
    pool.query = (async (...asked: unknown[]) => {
      const found = await query(...asked)
      if ((asked[0] as { name?: string }).name !== 'feed_people') return found
      pool.query = query as typeof pool.query
      await act(ada, 'removeMember', { channelId: room.id, userId: bob.id })
      await send(ada, room.id, 'secret')
      await act(ada, 'addMembers', { channelId: room.id, userIds: [bob.id] })
      await send(ada, room.id, 'back')
      return found
    }) as typeof pool.query
    const missed = await (await open(bob, after)).until(is('StreamReady'))
    expect(texts(missed, 'MessageAdded')).toContain('back')
    expect(JSON.stringify(missed)).not.toContain('secret')
  })
})

describe('a cursor that leads nowhere', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const epochIn = async () =>
    Buffer.from(await cursorOf(bob), 'base64url')
      .toString()
      .split(' ')[0]!
  it.each([
    ['malformed', async () => 'nonsense'],
    ['empty', async () => ''],
    ['foreign', async () => encode('00000000-0000-4000-8000-000000000000 5:5:')],
    ['of the future', async () => encode(`${await epochIn()} 9000000000:9000000000:`)],
    ['beyond all numbers', async () => encode(`${await epochIn()} 9999999999999999999:9999999999999999999:`)],
  ])('%s: it is said, and the stream goes on from a good one', async (_, cursor) => {
    const room = await newRoom()
    const { next, until } = await open(bob, await cursor())
    const resync = await next()
    expect(resync).toMatchObject({ __typename: 'ResyncRequired', reason: 'CURSOR_INVALID' })
    expect(await next()).toMatchObject({ __typename: 'StreamReady', replayed: 0 })
    await send(ada, room.id, 'live')
    await until(says('live'))
    const again = await (await open(bob, resync.cursor)).until(is('StreamReady'))
    expect(again.map(typeOf)).not.toContain('ResyncRequired')
    expect(texts(again, 'MessageAdded')).toContain('live')
  })

  it('too far back: more than 10,000 changes', async () => {
    const room = await newRoom()
    const after = await cursorOf(bob)
    await world.app.database.pool.query(
      `WITH said AS (INSERT INTO messages (channel_id, seq, sender_id, text)
         SELECT $1, n, (SELECT user_id FROM accounts WHERE email = $2), 'x' FROM generate_series(1, 10001) n RETURNING seq)
       UPDATE channels SET last_seq = (SELECT max(seq) FROM said) WHERE id = $1`,
      [room.key, ada.email],
    )
    const { next } = await open(bob, after)
    const resync = await next()
    expect(resync).toMatchObject({ __typename: 'ResyncRequired', reason: 'GAP_TOO_LARGE' })
    expect(await next()).toMatchObject({ __typename: 'StreamReady', replayed: 0 })
    expect((await (await open(bob, resync.cursor)).next()).__typename).toBe('StreamReady')
  })
})

describe('a running inbox', () => {
  it('hears of profiles and settings with the next sweep', async () => {
    await newRoom()
    const { until } = await open(bob)
    await until(is('StreamReady'))
    await act(ada, 'updateProfile', { displayName: 'Ada Lovelace' })
    await act(bob, 'updateSettings', { readReceipts: false })
    const hides = ({ viewer }: Event) => (viewer as { settings: { readReceipts: boolean } } | undefined)?.settings.readReceipts === false
    const events = await until(hides)
    expect(events.at(-1)).toMatchObject({ __typename: 'ViewerChanged' })
    const isAda = ({ user }: Event) => (user as { displayName?: string } | undefined)?.displayName === 'Ada Lovelace'
    if (!events.some(isAda)) await until(isAda)
  })

  it.each([
    ['with the bus', {}],
    ['without it', { times: 0 }],
  ])('loses a channel, is put into it again and out once more, %s', async (_, fate) => {
    const room = await newRoom()
    const { until, socket } = await open(bob)
    await until(is('StreamReady'))
    mend = spoil(world, () => fate)
    for (const version of [2, 4]) {
      await act(ada, 'removeMember', { channelId: room.id, userId: bob.id })
      const told = await until(is('AccessRevoked'))
      expect(told.at(-1)).toMatchObject({ channelId: room.id, version })
      await send(ada, room.id, 'secret')
      await act(ada, 'addMembers', { channelId: room.id, userIds: [bob.id] })
      await send(ada, room.id, `back ${version}`)
      const back = await until(says(`back ${version}`))
      expect(JSON.stringify(back)).not.toContain('secret')
      expect(back.filter(is('MembershipChanged')).map(({ membership }) => membership)).toContainEqual(
        expect.objectContaining({ version: version + 1 }),
      )
    }
    expect(socket.ws.readyState).toBe(socket.ws.OPEN)
  })

  it('hears nothing that is said after a removal that nobody told it of', async () => {
    const room = await newRoom()
    const { until } = await open(bob)
    await until(is('StreamReady'))
    mend = spoil(world, (_topic, { type }) => (type === 'MemberLeft' ? { times: 0 } : {}))
    await act(ada, 'removeMember', { channelId: room.id, userId: bob.id })
    await send(ada, room.id, 'secret')
    const told = await until(is('AccessRevoked'))
    expect(JSON.stringify(told)).not.toContain('secret')
    expect(told.at(-1)).toMatchObject({ version: 2 })
  })

  it('loses a channel that is deleted, by the version of its membership', async () => {
    const room = await newRoom()
    await act(bob, 'updateMembership', { channelId: room.id, notificationLevel: 'NONE' })
    await act(bob, 'updateMembership', { channelId: room.id, notificationLevel: 'ALL' })
    const { until } = await open(bob)
    await until(is('StreamReady'))
    await act(ada, 'deleteChannel', { channelId: room.id })
    expect((await until(is('AccessRevoked'))).at(-1)).toMatchObject({ channelId: room.id, version: 3 })
  })

  it('comes over server-sent events, too, and is resumed there', async () => {
    const room = await newRoom()
    const listen = (after: string | null) => openStream(world.url, { query: inbox, variables: { after } }, { token: bob.token })
    const next = async (stream: Awaited<ReturnType<typeof listen>>) => (await stream.next()).data!.data!.inboxEvents as Event
    const stream = await listen(null)
    const { cursor } = await next(stream)
    await send(ada, room.id, 'live')
    for (let event = await next(stream); !says('live')(event); event = await next(stream));
    stream.close()
    await send(ada, room.id, 'missed')
    const again = await listen(cursor!)
    const missed = [await next(again)]
    while (!is('StreamReady')(missed.at(-1)!)) missed.push(await next(again))
    expect(texts(missed, 'MessageAdded')).toEqual(['live', 'missed'])
    again.close()
  })
})

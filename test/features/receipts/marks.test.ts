import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heldClock } from '../../support/clock.ts'
import { deliver, markRead, markUnread, marksIn, reachOf, standOf } from '../../support/marks.ts'
import { mutate, type Person } from '../../support/people.ts'
import { keyOf, seedDirect, seedGroup, seedMessages, seedPerson, type SeededChannel, seedPublic } from '../../support/seed.ts'
import { idAt, send } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

const clock = heldClock(new Date().toISOString())
const nowhere = { id: Buffer.from('Channel:00000000-0000-4000-8000-000000000000').toString('base64url') }

let world: World
let ada: Person
let bob: Person
let eve: Person
let room: SeededChannel
beforeAll(async () => {
  world = await createWorld({ clock })
  const person = (handle: string) => seedPerson(world, { handle })
  ;[ada, bob, eve] = await Promise.all([person('ada'), person('bob'), person('eve')])
})
afterAll(() => world.stop())
beforeEach(async () => {
  clock.forward(1_000)
  room = await seedGroup(world, { owners: [ada], members: [bob] })
  await fill(room, 10)
})

const fill = (channel: SeededChannel, size: number) =>
  seedMessages(
    world,
    channel,
    Array.from({ length: size }, () => [ada, 'Hello'] as const),
  )

/** What is announced in a channel meanwhile. */
async function heardIn({ key }: SeededChannel, work: () => Promise<unknown>) {
  const heard: { type: string; [field: string]: unknown }[] = []
  const stop = await world.app.bus.subscribe(`channel.${key}`, (event) => heard.push(event as (typeof heard)[number]))
  await work()
  stop()
  return heard
}

describe('markDelivered', () => {
  it('moves marks of many channels forward, at once, and answers with each', async () => {
    const others = await Promise.all([
      seedGroup(world, { owners: [ada], members: [bob] }),
      seedPublic(world, { owners: [ada], members: [bob] }),
    ])
    for (const other of others) await fill(other, 5)
    const at = clock.now().toISOString()
    const outcome = await deliver(bob, [
      [others[1], 5],
      [room, 7],
      [others[0], 2],
    ])
    const of = ({ id }: SeededChannel, deliveredSeq: number) => ({
      channelId: id,
      user: { handle: 'bob' },
      deliveredSeq,
      deliveredAt: at,
      readSeq: 0,
      readAt: null,
    })
    expect(outcome.receipts).toEqual([of(others[1], 5), of(room, 7), of(others[0], 2)])
    expect(await marksIn(ada, room)).toEqual({ ada: [10, 10], bob: [7, 0] })
  })

  it('takes the furthest where a channel is named twice', async () => {
    const outcome = await deliver(bob, [
      [room, 3],
      [room, 8],
      [room, 5],
    ])
    expect(outcome.receipts).toMatchObject([{ channelId: room.id, deliveredSeq: 8 }])
  })

  it('never moves one back, nor touches its time', async () => {
    const first = await deliver(bob, [[room, 7]])
    clock.forward(1_000)
    const heard = await heardIn(room, async () => {
      for (const seq of [7, 3, 0]) expect(await deliver(bob, [[room, seq]])).toEqual(first)
    })
    expect(heard).toEqual([])
  })

  it('of nothing moves nothing', async () => {
    expect(await deliver(bob, [])).toMatchObject({ receipts: [] })
  })

  it('tells of those that moved', async () => {
    const other = await seedGroup(world, { owners: [ada], members: [bob] })
    await fill(other, 5)
    await deliver(bob, [[other, 5]])
    let there: unknown[] = []
    const here = await heardIn(room, async () => {
      there = await heardIn(other, () =>
        deliver(bob, [
          [room, 4],
          [other, 4],
        ]),
      )
    })
    expect(there).toEqual([])
    const receipt = {
      channelId: room.key,
      userId: keyOf(bob.id),
      deliveredSeq: 4,
      deliveredAt: clock.now().toISOString(),
      readSeq: 0,
      readAt: null,
      shown: true,
    }
    expect(here).toEqual([{ type: 'ReceiptUpdated', channelId: room.key, receipts: [receipt] }])
  })

  it('with a number that cannot be moves nothing, and says where', async () => {
    const other = await seedGroup(world, { owners: [ada], members: [bob] })
    const outcome = await deliver(bob, [
      [room, 5],
      [other, 1],
      [room, 11],
    ])
    expect(outcome).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        { path: 'input.positions.1.seq', reason: 'The newest message is 0.' },
        { path: 'input.positions.2.seq', reason: 'The newest message is 10.' },
      ],
    })
    const negative = await deliver(bob, [
      [room, 5],
      [room, -1],
      [room, 2],
      [room, -2_147_483_648],
    ])
    expect(negative.issues!.map(({ path }) => path)).toEqual(['input.positions.1.seq', 'input.positions.3.seq'])
    expect((await standOf(bob, room)).receipt.deliveredSeq).toBe(0)
  })

  it('with a channel that is not theirs moves nothing', async () => {
    const group = await seedGroup(world, { owners: [ada], former: [bob] })
    const hall = await seedPublic(world, { owners: [ada] })
    for (const [other, code] of [
      [group, 'NOT_FOUND'],
      [nowhere, 'NOT_FOUND'],
      [{ id: 'nonsense' }, 'NOT_FOUND'],
      [hall, 'FORBIDDEN'],
    ] as const) {
      const outcome = await deliver(bob, [
        [room, 5],
        [other, 0],
      ])
      expect(outcome).toMatchObject({ code, reason: expect.stringMatching(/^input\.positions\.1: /) as string })
    }
    const several = [group, room, nowhere, room, group].map((channel) => [channel, 1] as const)
    expect((await deliver(bob, several)).reason).toMatch(
      /^input\.positions\.0, input\.positions\.2, input\.positions\.4: There is no such channel/,
    )
    expect((await standOf(bob, room)).receipt.deliveredSeq).toBe(0)
  })

  it('takes a hundred at most', async () => {
    const many = (size: number) => Array.from({ length: size }, (_, n) => [room, n % 10] as const)
    expect(await deliver(bob, many(101))).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: 'input.positions' }] })
    expect(await deliver(bob, many(100))).toMatchObject({ receipts: [{ deliveredSeq: 9 }] })
  })
})

describe('markRead', () => {
  it('moves the read mark forward, and what is read is delivered', async () => {
    await deliver(bob, [[room, 3]])
    clock.forward(1_000)
    const at = clock.now().toISOString()
    const heard = await heardIn(room, async () => {
      const outcome = await markRead(bob, room, 6)
      expect(outcome.receipt).toEqual({
        channelId: room.id,
        user: { handle: 'bob' },
        deliveredSeq: 6,
        deliveredAt: at,
        readSeq: 6,
        readAt: at,
      })
      expect(outcome.membership).toMatchObject({ unread: { messages: 4, firstUnreadSeq: 7 } })
    })
    expect(heard).toMatchObject([{ type: 'ReceiptUpdated', receipts: [{ userId: keyOf(bob.id), deliveredSeq: 6, readSeq: 6 }] }])
    expect(await marksIn(ada, room)).toMatchObject({ bob: [6, 6] })
  })

  it('leaves the delivered mark where it is further', async () => {
    await deliver(bob, [[room, 9]])
    const { deliveredAt } = (await standOf(bob, room)).receipt
    clock.forward(1_000)
    expect((await markRead(bob, room, 4)).receipt).toMatchObject({
      deliveredSeq: 9,
      deliveredAt,
      readSeq: 4,
      readAt: clock.now().toISOString(),
    })
  })

  it('at or below the mark changes nothing', async () => {
    const first = await markRead(bob, room, 6)
    clock.forward(1_000)
    const heard = await heardIn(room, async () => {
      for (const seq of [6, 5, 0]) expect(await markRead(bob, room, seq)).toEqual(first)
    })
    expect(heard).toEqual([])
  })

  it('is refused above the newest message, below none, and where they are not', async () => {
    expect(await markRead(bob, room, 11)).toMatchObject({ issues: [{ path: 'input.seq', reason: 'The newest message is 10.' }] })
    expect(await markRead(bob, room, -1)).toMatchObject({ issues: [{ path: 'input.seq', reason: 'Must be 0 or more.' }] })
    expect((await standOf(bob, room)).receipt.readSeq).toBe(0)
    for (const channel of [room, nowhere, { id: '' }]) expect(await markRead(eve, channel, 1)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await markRead(eve, await seedPublic(world, { owners: [ada] }), 0)).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('by many at once ends at the furthest', async () => {
    await Promise.all([3, 9, 1, 10, 7, 2, 8, 5].map((seq) => (seq % 2 ? markRead(bob, room, seq) : deliver(bob, [[room, seq]]))))
    expect((await standOf(bob, room)).receipt).toMatchObject({ deliveredSeq: 10, readSeq: 9 })
  })
})

describe('markUnread', () => {
  it('counts from there on, for oneself alone: marks stay', async () => {
    const { receipt } = await markRead(bob, room, 10)
    const before = await standOf(bob, room)
    const heard = await heardIn(room, async () => {
      const { membership } = await markUnread(bob, room, 4)
      expect(membership).toEqual({ version: before.version + 1, unread: { messages: 7, mentions: 0, firstUnreadSeq: 4 }, receipt })
    })
    expect(heard).toMatchObject([{ type: 'MembershipChanged', membership: { userId: keyOf(bob.id), unreadFrom: 4 } }])
    expect(await marksIn(ada, room)).toMatchObject({ bob: [10, 10] })
    expect(await reachOf(ada, { id: idAt(room.id, 10) })).toMatchObject({ read: 1, readBy: ['bob'] })
    await fill(room, 2)
    expect((await standOf(bob, room)).unread).toEqual({ messages: 9, mentions: 0, firstUnreadSeq: 4 })
  })

  it('again at the same place changes nothing; elsewhere it moves', async () => {
    const first = await markUnread(bob, room, 4)
    expect(await heardIn(room, () => markUnread(bob, room, 4))).toEqual([])
    expect(await markUnread(bob, room, 4)).toEqual(first)
    expect((await markUnread(bob, room, 9)).membership).toMatchObject({ unread: { messages: 2, firstUnreadSeq: 9 } })
    expect((await markUnread(bob, room, 1)).membership).toMatchObject({ unread: { messages: 10, firstUnreadSeq: 1 } })
  })

  it('may lie ahead of the read mark', async () => {
    expect((await markUnread(bob, room, 8)).membership).toMatchObject({
      unread: { messages: 3, firstUnreadSeq: 8 },
      receipt: { readSeq: 0 },
    })
  })

  it('ends with the next markRead, wherever that is', async () => {
    await markRead(bob, room, 10)
    await markUnread(bob, room, 4)
    const { version } = await standOf(bob, room)
    const heard = await heardIn(room, async () => {
      expect(await markRead(bob, room, 2)).toMatchObject({
        receipt: { readSeq: 10 },
        membership: { version: version + 1, unread: { messages: 0 } },
      })
    })
    expect(heard).toMatchObject([{ type: 'MembershipChanged', membership: { unreadFrom: null } }])
    expect((await standOf(bob, room)).unread).toEqual({ messages: 0, mentions: 0, firstUnreadSeq: null })
  })

  it('ends with a message of one’s own, and says so', async () => {
    await markUnread(bob, room, 4)
    const heard = await heardIn(room, () => send(bob, room.id, 'I am here'))
    expect(heard.map(({ type }) => type)).toEqual(['MessageAdded', 'MembershipChanged'])
    expect(heard[1]).toMatchObject({ membership: { userId: keyOf(bob.id), unreadFrom: null } })
    expect((await standOf(bob, room)).unread).toEqual({ messages: 0, mentions: 0, firstUnreadSeq: null })
    expect(await heardIn(room, () => send(bob, room.id, 'Still here'))).toMatchObject([{ type: 'MessageAdded' }])
  })

  it('ends with leaving', async () => {
    await markUnread(bob, room, 4)
    await mutate(bob.client, 'leaveChannel', { channelId: room.id })
    await mutate(ada.client, 'addMembers', { channelId: room.id, userIds: [bob.id], withHistory: true })
    expect((await standOf(bob, room)).unread).toEqual({ messages: 0, mentions: 0, firstUnreadSeq: null })
  })

  it('takes the number of a message there is', async () => {
    expect(await markUnread(bob, room, 11)).toMatchObject({ issues: [{ path: 'input.fromSeq', reason: 'The newest message is 10.' }] })
    for (const seq of [0, -1])
      expect(await markUnread(bob, room, seq)).toMatchObject({ issues: [{ path: 'input.fromSeq', reason: 'Must be 1 or more.' }] })
    expect(await markUnread(bob, await seedDirect(world, ada, bob), 1)).toMatchObject({ code: 'INVALID_INPUT' })
    expect((await markUnread(bob, room, 10)).membership).toMatchObject({ unread: { messages: 1 } })
    expect(await markUnread(eve, room, 1)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await markUnread(eve, await seedPublic(world, { owners: [ada] }), 1)).toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('marks', () => {
  it('of a sender move to their message, both, at its time', async () => {
    const message = await send(bob, room.id, 'Hello')
    const { receipt } = await standOf(bob, room)
    expect(receipt).toMatchObject({ deliveredSeq: 11, deliveredAt: message.createdAt, readSeq: 11, readAt: message.createdAt })
    expect(await marksIn(ada, room)).toEqual({ ada: [10, 10], bob: [11, 11] })
  })

  it('of whoever the server speaks about stay', async () => {
    await mutate(ada.client, 'setMemberRole', { channelId: room.id, userId: bob.id, role: 'MODERATOR' })
    expect(await marksIn(ada, room)).toEqual({ ada: [10, 10], bob: [0, 0] })
    expect((await standOf(ada, room)).unread.messages).toBe(0)
  })

  it('are at the newest message after joining and rejoining, and never go back', async () => {
    const hall = await seedPublic(world, { owners: [ada] })
    await fill(hall, 6)
    await mutate(eve.client, 'joinChannel', { channelId: hall.id })
    expect(await marksIn(ada, hall)).toMatchObject({ eve: [7, 7] })
    await mutate(eve.client, 'leaveChannel', { channelId: hall.id })
    expect(await marksIn(ada, hall)).toEqual({ ada: [6, 6] })
    await fill(hall, 2)
    await mutate(eve.client, 'joinChannel', { channelId: hall.id })
    expect(await marksIn(ada, hall)).toMatchObject({ eve: [11, 11] })
    expect((await standOf(eve, hall)).unread.messages).toBe(0)
  })

  it('move in an archived channel, too', async () => {
    await mutate(ada.client, 'archiveChannel', { channelId: room.id, archived: true })
    expect(await deliver(bob, [[room, 3]])).toMatchObject({ receipts: [{ deliveredSeq: 3 }] })
    expect(await markRead(bob, room, 2)).toMatchObject({ receipt: { readSeq: 2 } })
    expect(await markUnread(bob, room, 1)).toMatchObject({ membership: { unread: { messages: 10 } } })
  })

  it('can’t be stored where they can’t be: backwards, past the newest message, read before delivered', async () => {
    await markRead(bob, room, 5)
    const { pool } = world.app.database
    const set = (what: string) =>
      pool.query(`UPDATE receipts SET ${what} WHERE channel_id = $1 AND user_id = $2`, [room.key, keyOf(bob.id)])
    await expect(set('read_seq = 4')).rejects.toThrow('backwards')
    await expect(set('delivered_seq = 4, read_seq = 4')).rejects.toThrow('backwards')
    await expect(set('delivered_seq = 11')).rejects.toThrow('past the newest')
    await expect(set('read_seq = 6')).rejects.toThrow('receipts_marks')
    const seat = { channelId: room.key, userId: keyOf(eve.id), deliveredSeq: 11 }
    await expect(world.app.database.prisma.receipt.create({ data: seat })).rejects.toThrow('past the newest')
    expect((await set('delivered_seq = 10, read_seq = 10')).rowCount).toBe(1)
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deliver, type Mark, mark, markRead, marksIn, reachOf, standOf } from '../../support/marks.ts'
import { mutate, type Person, query } from '../../support/people.ts'
import { seedDirect, seedGroup, seedPerson, type SeededChannel, seedPublic } from '../../support/seed.ts'
import { remove, type Said, send } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
let eve: Person
let room: SeededChannel
let message: Said
beforeAll(async () => {
  world = await createWorld()
  const person = (handle: string) => seedPerson(world, { handle })
  ;[ada, bob, eve] = await Promise.all([person('ada'), person('bob'), person('eve')])
})
afterAll(() => world.stop())

/** Ada has said three things; bob has read the first two, and eve has got two and read one. */
beforeEach(async () => {
  for (const person of [ada, bob, eve]) await show(person, true)
  room = await seedGroup(world, { owners: [ada], members: [bob, eve] })
  await send(ada, room.id, 'One')
  message = await send(ada, room.id, 'Two')
  await send(ada, room.id, 'Three')
  await markRead(bob, room, 2)
  await markRead(eve, room, 1)
  await deliver(eve, [[room, 2]])
})

const show = (person: Person, readReceipts: boolean) => mutate(person.client, 'updateSettings', { readReceipts })

describe('where everyone shows them', () => {
  it('marks, summaries and lists say the same to everyone; the sender is no recipient', async () => {
    for (const person of [ada, bob, eve]) {
      expect(await marksIn(person, room)).toEqual({ ada: [3, 3], bob: [2, 2], eve: [2, 1] })
      expect(await reachOf(person, message)).toEqual({ recipients: 2, delivered: 2, read: 1, deliveredTo: ['bob', 'eve'], readBy: ['bob'] })
    }
  })

  it('who has left is no recipient', async () => {
    await mutate(bob.client, 'leaveChannel', { channelId: room.id })
    expect(await marksIn(ada, room)).toEqual({ ada: [3, 3], eve: [2, 1] })
    expect(await reachOf(ada, message)).toEqual({ recipients: 1, delivered: 1, read: 0, deliveredTo: ['eve'], readBy: [] })
  })

  it('a message whose sender has left has everyone as a recipient', async () => {
    const said = await send(bob, room.id, 'Bye')
    await markRead(ada, room, said.seq)
    await mutate(bob.client, 'leaveChannel', { channelId: room.id })
    expect(await reachOf(ada, said)).toEqual({ recipients: 2, delivered: 1, read: 1, deliveredTo: ['ada'], readBy: ['ada'] })
  })

  it('a deleted message still says how far it got', async () => {
    await remove(ada, message)
    expect(await reachOf(bob, message)).toMatchObject({ recipients: 2, delivered: 2, read: 1 })
  })

  it('notes to oneself have no recipients', async () => {
    const notes = await seedDirect(world, ada)
    expect(await reachOf(ada, await send(ada, notes.id, 'Milk'))).toEqual({
      recipients: 0,
      delivered: 0,
      read: 0,
      deliveredTo: [],
      readBy: [],
    })
  })

  it('a public channel shows them to who has not joined', async () => {
    const hall = await seedPublic(world, { owners: [ada], members: [bob] })
    const said = await send(ada, hall.id, 'Hello')
    await markRead(bob, hall, 1)
    expect(await reachOf(eve, said)).toEqual({ recipients: 1, delivered: 1, read: 1, deliveredTo: ['bob'], readBy: ['bob'] })
    expect(await marksIn(eve, hall)).toEqual({ ada: [1, 1], bob: [1, 1] })
  })
})

describe('whoever turns them off', () => {
  beforeEach(() => show(bob, false))

  it('hides from others what they read, and keeps showing what has arrived', async () => {
    for (const person of [ada, eve]) {
      expect(await marksIn(person, room)).toEqual({ ada: [3, 3], bob: [2, null], eve: [2, 1] })
      expect(await reachOf(person, message)).toEqual({ recipients: 2, delivered: 2, read: 0, deliveredTo: ['bob', 'eve'], readBy: [] })
    }
  })

  it('doesn’t see what others read; their own stays', async () => {
    expect(await marksIn(bob, room)).toEqual({ ada: [3, null], bob: [2, 2], eve: [2, null] })
    expect(await reachOf(bob, message)).toEqual({ recipients: 2, delivered: 2, read: 1, deliveredTo: ['bob', 'eve'], readBy: ['bob'] })
    expect(await reachOf(bob, await send(bob, room.id, 'Mine'))).toEqual({
      recipients: 2,
      delivered: 0,
      read: 0,
      deliveredTo: [],
      readBy: [],
    })
  })

  it('hides the time as well, wherever the mark is shown', async () => {
    const text = `query ($id: ID!) { channel(id: $id) { members { edges { node { receipt { ${mark} } } } } } }`
    const { channel } = await query<{ channel: { members: { edges: { node: { receipt: Mark } }[] } } }>(ada.client, text, { id: room.id })
    const shown = channel.members.edges.map(({ node: { receipt } }) => [receipt.user.handle, [receipt.readSeq, receipt.readAt !== null]])
    expect(Object.fromEntries(shown)).toEqual({ ada: [3, true], bob: [null, false], eve: [1, true] })
    const own = await standOf(bob, room)
    expect(own.receipt).toMatchObject({ readSeq: 2, readAt: expect.any(String) })
  })

  it('goes on having what is unread counted, and reads hidden', async () => {
    expect((await standOf(bob, room)).unread).toEqual({ messages: 1, mentions: 0, firstUnreadSeq: 3 })
    expect(await markRead(bob, room, 3)).toMatchObject({ receipt: { readSeq: 3 }, membership: { unread: { messages: 0 } } })
    expect(await marksIn(ada, room)).toMatchObject({ bob: [3, null] })
  })

  it('says so where it is announced', async () => {
    const heard: { receipts: { readSeq: number; shown: boolean }[] }[] = []
    const stop = await world.app.bus.subscribe(`channel.${room.key}`, (event) => heard.push(event as (typeof heard)[number]))
    await markRead(bob, room, 3)
    await markRead(eve, room, 3)
    stop()
    expect(heard.map(({ receipts }) => receipts.map(({ shown }) => shown))).toEqual([[false], [true]])
  })

  it('shows them again by turning them on again', async () => {
    await markRead(bob, room, 3)
    await show(bob, true)
    expect(await marksIn(ada, room)).toEqual({ ada: [3, 3], bob: [3, 3], eve: [2, 1] })
    expect(await marksIn(bob, room)).toEqual({ ada: [3, 3], bob: [3, 3], eve: [2, 1] })
    expect(await reachOf(eve, message)).toMatchObject({ read: 1, readBy: ['bob'] })
  })

  it('hides them on both sides where both do', async () => {
    await show(eve, false)
    expect(await marksIn(ada, room)).toEqual({ ada: [3, 3], bob: [2, null], eve: [2, null] })
    expect(await marksIn(eve, room)).toEqual({ ada: [3, null], bob: [2, null], eve: [2, 1] })
    expect(await reachOf(eve, await send(ada, room.id, 'Four'))).toMatchObject({ recipients: 2, read: 0 })
  })
})

it('someone deleted has no marks any more', async () => {
  const gone = await seedPerson(world)
  const group = await seedGroup(world, { owners: [ada], members: [bob, gone] })
  const said = await send(ada, group.id, 'Hello')
  await markRead(gone, group, 1)
  expect(await reachOf(bob, said)).toMatchObject({ recipients: 2, delivered: 1, read: 1 })
  await mutate(gone.client, 'deleteAccount', { password: gone.password })
  expect(await reachOf(bob, said)).toEqual({ recipients: 1, delivered: 0, read: 0, deliveredTo: [], readBy: [] })
  expect(Object.keys(await marksIn(bob, group))).toEqual(expect.arrayContaining(['ada', 'bob']))
})

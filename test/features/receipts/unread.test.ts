import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { markRead, markUnread, standOf, type Unread } from '../../support/marks.ts'
import { mutate, type Person, query } from '../../support/people.ts'
import { seedDirect, seedGroup, seedPerson, type SeededChannel, seedPublic } from '../../support/seed.ts'
import { edit, remove, send } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
let room: SeededChannel
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())
beforeEach(async () => {
  ;[ada, bob] = await Promise.all([seedPerson(world), seedPerson(world)])
  room = await seedGroup(world, { owners: [ada], members: [bob] })
})

const unread = async (channel = room, person = bob): Promise<Unread> => (await standOf(person, channel)).unread
const none = { messages: 0, mentions: 0, firstUnreadSeq: null }

const totals = async (person = bob) =>
  (await query<{ viewer: { unread: object } }>(person.client, '{ viewer { unread { channels messages mentions } } }')).viewer.unread

describe('in a channel', () => {
  it('own, deleted and system messages are left out', async () => {
    await send(bob, room.id, 'Mine')
    expect(await unread()).toEqual(none)
    const [first, second] = [await send(ada, room.id, 'One'), await send(ada, room.id, `Two, @${bob.handle}`)]
    await mutate(ada.client, 'updateChannel', { channelId: room.id, name: 'Renamed' })
    await send(ada, room.id, 'Three')
    expect(await unread()).toEqual({ messages: 3, mentions: 1, firstUnreadSeq: 2 })
    await remove(ada, first)
    expect(await unread()).toEqual({ messages: 2, mentions: 1, firstUnreadSeq: 3 })
    await remove(ada, second)
    expect(await unread()).toEqual({ messages: 1, mentions: 0, firstUnreadSeq: 5 })
  })

  it('mentions follow edits, and end where one has read', async () => {
    const message = await send(ada, room.id, 'Hello')
    expect(await unread()).toEqual({ messages: 1, mentions: 0, firstUnreadSeq: 1 })
    await edit(ada, message, { text: `Hello @${bob.handle}` })
    expect(await unread()).toEqual({ messages: 1, mentions: 1, firstUnreadSeq: 1 })
    await markRead(bob, room, 1)
    expect(await unread()).toEqual(none)
    await send(ada, room.id, { mentionIds: [bob.id] })
    expect(await unread()).toMatchObject({ messages: 1, mentions: 1 })
  })

  it('says which messages were counted, and from where on it was marked unread', async () => {
    const counted = async () => {
      type Seen = { channel: { membership: { unreadFrom: number | null; unread: { afterSeq: number; upToSeq: number } } } }
      const text = 'query ($id: ID!) { channel(id: $id) { membership { unreadFrom unread { afterSeq upToSeq } } } }'
      const { unread, unreadFrom } = (await query<Seen>(bob.client, text, { id: room.id })).channel.membership
      return [unreadFrom, unread.afterSeq, unread.upToSeq]
    }
    expect(await counted()).toEqual([null, 0, 0])
    for (const text of ['One', 'Two', 'Three']) await send(ada, room.id, text)
    expect(await counted()).toEqual([null, 0, 3])
    await markRead(bob, room, 2)
    expect(await counted()).toEqual([null, 2, 3])
    await markUnread(bob, room, 2)
    expect(await counted()).toEqual([2, 1, 3])
    await markRead(bob, room, 2)
    expect(await counted()).toEqual([null, 2, 3])
    const text = 'query ($id: ID!) { channel(id: $id) { members { edges { node { unreadFrom } } } } }'
    await markUnread(bob, room, 1)
    expect(await query(ada.client, text, { id: room.id })).toEqual({
      channel: { members: { edges: [{ node: { unreadFrom: null } }, { node: { unreadFrom: null } }] } },
    })
  })

  it('naming oneself is no mention to read', async () => {
    await send(bob, room.id, `I am @${bob.handle}`)
    await markUnread(bob, room, 1)
    expect(await unread()).toEqual(none)
  })

  it('own messages behind a private mark are left out', async () => {
    for (const person of [ada, bob, ada, bob, ada, bob]) await send(person, room.id, 'Hello')
    await markUnread(bob, room, 2)
    expect(await unread()).toEqual({ messages: 2, mentions: 0, firstUnreadSeq: 3 })
  })

  it('is the viewer’s own: on the memberships of others it is null', async () => {
    const text = 'query ($id: ID!) { channel(id: $id) { members { edges { node { user { handle } unread { messages } } } } } }'
    const { channel } = await query<{ channel: { members: { edges: { node: { user: { handle: string }; unread: object | null } }[] } } }>(
      bob.client,
      text,
      { id: room.id },
    )
    const seen = Object.fromEntries(channel.members.edges.map(({ node }) => [node.user.handle, node.unread]))
    expect(seen).toEqual({ [ada.handle]: null, [bob.handle]: { messages: 0 } })
  })

  it('of notes to oneself there is nothing unread', async () => {
    const notes = await seedDirect(world, bob)
    await send(bob, notes.id, `Remember @${bob.handle}`)
    expect(await unread(notes)).toEqual(none)
  })

  it('of someone whose account is deleted still counts', async () => {
    const direct = await seedDirect(world, ada, bob)
    await send(ada, direct.id, 'Bye')
    await mutate(ada.client, 'deleteAccount', { password: ada.password })
    expect(await unread(direct)).toEqual({ messages: 1, mentions: 0, firstUnreadSeq: 1 })
    expect(await markRead(bob, direct, 1)).toMatchObject({ membership: { unread: none } })
  })
})

describe('in all channels', () => {
  it('is the sum, of channels with something in them', async () => {
    expect(await totals()).toEqual({ channels: 0, messages: 0, mentions: 0 })
    const direct = await seedDirect(world, ada, bob)
    const hall = await seedPublic(world, { owners: [ada], members: [bob] })
    await seedPublic(world, { owners: [ada], members: [bob] })
    await send(ada, room.id, 'One')
    await send(ada, room.id, `Two @${bob.handle}`)
    await send(ada, direct.id, 'Three')
    await send(ada, hall.id, `Four @${bob.handle}`)
    expect(await totals()).toEqual({ channels: 3, messages: 4, mentions: 2 })
    await markRead(bob, room, 2)
    expect(await totals()).toEqual({ channels: 2, messages: 2, mentions: 1 })
    expect(await totals(ada)).toEqual({ channels: 0, messages: 0, mentions: 0 })
  })

  it('a muted channel counts with its mentions alone, until the mute ends; by itself it counts as ever', async () => {
    const mute = (mutedUntil: Date | null) => mutate(bob.client, 'updateMembership', { channelId: room.id, mutedUntil })
    await send(ada, room.id, 'One')
    await send(ada, room.id, `Two @${bob.handle}`)
    await mute(new Date(Date.now() + 60_000))
    expect(await totals()).toEqual({ channels: 0, messages: 0, mentions: 1 })
    expect(await unread()).toEqual({ messages: 2, mentions: 1, firstUnreadSeq: 1 })
    await mute(null)
    expect(await totals()).toEqual({ channels: 1, messages: 2, mentions: 1 })
  })

  it('archived, deleted and left channels do not count', async () => {
    const [archived, deleted, left] = await Promise.all([1, 2, 3].map(() => seedGroup(world, { owners: [ada], members: [bob] })))
    for (const { id } of [archived!, deleted!, left!]) await send(ada, id, `Hello @${bob.handle}`)
    expect(await totals()).toEqual({ channels: 3, messages: 3, mentions: 3 })
    await mutate(ada.client, 'archiveChannel', { channelId: archived!.id, archived: true })
    await mutate(ada.client, 'deleteChannel', { channelId: deleted!.id })
    await mutate(bob.client, 'leaveChannel', { channelId: left!.id })
    expect(await totals()).toEqual({ channels: 0, messages: 0, mentions: 0 })
    expect(await unread(archived)).toEqual({ messages: 1, mentions: 1, firstUnreadSeq: 1 })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { act, type Announced, channelsOf, conversation, ends, listenTo, present, see } from '../../support/channels.ts'
import { mutate, type Person } from '../../support/people.ts'
import { type ChannelSeed, keyOf, seedDirect, seedGroup, seedMessages, seedPerson, seedPublic } from '../../support/seed.ts'
import { createWorld, type World } from '../../support/world.ts'

// Someone deletes their account. What was theirs in channels goes on without them.

let world: World
let heard: Announced[]
let bob: Person
let cem: Person
beforeAll(async () => {
  world = await createWorld()
  heard = listenTo(world)
  bob = await seedPerson(world, { handle: 'bob', displayName: 'Bob' })
  cem = await seedPerson(world, { handle: 'cem', displayName: 'Cem' })
})
afterAll(() => world.stop())

const goes = (person: Person) => act(person, 'deleteAccount', { password: person.password })
const someone = () => seedPerson(world, { displayName: 'Ada' })
const group = async (seed: ChannelSeed) => (await seedGroup(world, seed)).id

describe('an owned channel', () => {
  it('goes to the longest-standing moderator', async () => {
    const ada = await someone()
    const channelId = await group({ owners: [ada], moderators: [cem, bob], members: [await seedPerson(world, { handle: 'zoe' })] })
    await goes(ada)
    expect(await present(bob, channelId)).toEqual(['cem: OWNER', 'bob: MODERATOR', 'zoe: MEMBER'])
    expect(await conversation(bob, channelId)).toEqual(['* Ada left. Cem is an owner now.'])
    expect(await see(bob, channelId, 'archivedAt lastMessage { sender { id } }')).toEqual({
      archivedAt: null,
      lastMessage: { sender: null },
    })
    expect(await ends(cem, 'setMemberRole', { channelId, userId: bob.id, role: 'OWNER' })).toBe('done')
  })

  it('goes to the longest-standing member where there is no moderator', async () => {
    const ada = await someone()
    const { id } = await seedPublic(world, { members: [cem, bob], owners: [ada] })
    await goes(ada)
    expect(await present(bob, id)).toEqual(['cem: OWNER', 'bob: MEMBER'])
  })

  it('stays with the other owners', async () => {
    const ada = await someone()
    const channelId = await group({ owners: [ada, bob], moderators: [cem] })
    await goes(ada)
    expect(await present(bob, channelId)).toEqual(['bob: OWNER', 'cem: MODERATOR'])
    expect(await conversation(bob, channelId)).toEqual(['* Ada left.'])
  })

  it('does not go to who has left', async () => {
    const ada = await someone()
    const channelId = await group({ owners: [ada], members: [bob], former: [cem] })
    await goes(ada)
    expect(await present(bob, channelId)).toEqual(['bob: OWNER'])
  })

  it('is archived where nobody else is in it', async () => {
    const ada = await someone()
    const { key } = await seedGroup(world, { owners: [ada], former: [bob] })
    await goes(ada)
    const row = await world.app.database.prisma.channel.findUniqueOrThrow({ where: { id: key } })
    expect(row).toMatchObject({ memberCount: 0, archivedAt: expect.any(Date), lastSeq: 0 })
  })

  it('that is archived is handed over without a word', async () => {
    const ada = await someone()
    const channelId = await group({ owners: [ada], members: [bob], archived: true })
    await goes(ada)
    expect(await present(bob, channelId)).toEqual(['bob: OWNER'])
    expect(await conversation(bob, channelId)).toEqual([])
    expect(await ends(bob, 'archiveChannel', { channelId, archived: false })).toBe('done')
  })
})

describe('what they leave behind', () => {
  it('are their messages, without a sender, and no seat anywhere', async () => {
    const ada = await someone()
    const channel = await seedGroup(world, { owners: [bob], members: [ada] })
    const dead = await seedGroup(world, { owners: [bob], members: [ada] })
    await act(bob, 'deleteChannel', { channelId: dead.id })
    await seedMessages(world, channel, [[ada, 'Hello']])
    await act(bob, 'sendMessage', { channelId: channel.id, text: 'Hello', mentionIds: [ada.id] })
    await goes(ada)
    const fields = 'messages(first: 2) { edges { node { text sender { id } mentions { id } receiptSummary { recipients } } } }'
    expect(await see(bob, channel.id, fields)).toMatchObject({
      messages: {
        edges: [
          { node: { text: 'Hello', sender: null, mentions: [] } },
          {
            node: {
              text: 'Hello',
              sender: { id: bob.id },
              mentions: [],
              receiptSummary: { recipients: 0 },
            },
          },
        ],
      },
    })
    const seats = await world.app.database.prisma.membership.findMany({ where: { userId: keyOf(ada.id), leftAt: null } })
    expect(seats).toEqual([])
  })

  it('is a direct channel that the other can read, and nobody can write in', async () => {
    const ada = await someone()
    const direct = await seedDirect(world, ada, bob)
    await seedMessages(world, direct, [
      [ada, 'Hi'],
      [bob, 'Hello'],
      [ada, 'Bye'],
    ])
    await goes(ada)
    const fields =
      'kind memberCount archivedAt peer { id } lastMessage { text sender { id } } membership { role unread { messages } } members { edges { node { user { id } } } }'
    expect(await see(bob, direct.id, fields)).toEqual({
      kind: 'DIRECT',
      memberCount: 1,
      archivedAt: null,
      peer: null,
      lastMessage: { text: 'Bye', sender: null },
      membership: { role: 'MEMBER', unread: { messages: 1 } },
      members: { edges: [{ node: { user: { id: bob.id } } }] },
    })
    expect(await channelsOf(bob)).toContain(direct.id)
    expect(await conversation(bob, direct.id)).toEqual(['Hi', 'Hello', 'Bye'])
    expect(await ends(bob, 'sendMessage', { channelId: direct.id, text: 'Still there?' })).toBe('CONFLICT')
    expect(await ends(bob, 'openDirectChannel', { userId: ada.id })).toBe('NOT_FOUND')
    expect(await ends(bob, 'markRead', { channelId: direct.id, seq: 3 })).toBe('done')
  })
})

describe('it is announced', () => {
  it('once it is done: who leads now, who left, what is archived, and what was said', async () => {
    const ada = await someone()
    const shared = await seedGroup(world, { owners: [ada], members: [bob] })
    const alone = await seedGroup(world, { owners: [ada] })
    const direct = await seedDirect(world, ada, cem)
    const person = `person.${keyOf(ada.id)}`
    heard.length = 0
    expect(await ends(ada, 'deleteAccount', { password: 'wrong' })).toBe('UNAUTHENTICATED')
    expect(heard).toEqual([])
    await goes(ada)
    const on = (topic: string) => heard.filter((event) => event.topic === topic)
    const left = (channelId: string) => ({
      type: 'MemberLeft',
      membership: expect.objectContaining({ channelId, userId: keyOf(ada.id), version: 2, leftAt: expect.any(Date) }),
    })
    expect(on(`channel.${shared.key}`)).toMatchObject([
      { type: 'MembershipChanged', membership: expect.objectContaining({ userId: keyOf(bob.id), role: 'OWNER', version: 2 }) },
      left(shared.key),
      {
        type: 'MessageAdded',
        message: expect.objectContaining({ seq: 1, kind: 'SYSTEM', text: 'Ada left. Bob is an owner now.' }),
        mentionIds: [],
      },
    ])
    expect(on(`channel.${alone.key}`)).toMatchObject([
      left(alone.key),
      {
        type: 'ChannelChanged',
        channel: expect.objectContaining({ id: alone.key, archivedAt: expect.any(Date), memberCount: 0, version: 2 }),
      },
    ])
    expect(on(`channel.${direct.key}`)).toMatchObject([left(direct.key)])
    expect(on(person)).toHaveLength(3)
  })
})

describe('who is in many channels', () => {
  it('goes in as many statements as who is in few', async () => {
    const costOf = async (channels: number) => {
      const ada = await someone()
      for (let n = 0; n < channels; n++) {
        await seedGroup(world, { owners: [ada], members: [bob] })
        await seedGroup(world, { owners: [ada] })
        await seedPublic(world, { owners: [bob], members: [ada] })
        await seedDirect(world, ada, await seedPerson(world))
      }
      const { statements } = await world.statements(() => mutate(ada.client, 'deleteAccount', { password: ada.password }))
      return statements.length
    }
    const few = await costOf(1)
    expect(await costOf(30)).toBe(few)
  })
})

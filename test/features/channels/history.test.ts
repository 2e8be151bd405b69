import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { act, channelsOf, conversation, ends, see } from '../../support/channels.ts'
import { mutate, type Person, query } from '../../support/people.ts'
import { keyOf, type SeededChannel, seedDirect, seedGroup, seedMessages, seedPerson, seedPublic } from '../../support/seed.ts'
import { idAt, look, read, send, seqs } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
let admin: Person
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world, { handle: 'ada', displayName: 'Ada' })
  admin = await seedPerson(world, { handle: 'admin', role: 'ADMIN' })
})
beforeEach(async () => {
  bob = await seedPerson(world, { displayName: 'Bob' })
})
afterAll(() => world.stop())

/** Ada’s, with three messages that bob wasn’t there for. */
async function old(kind: 'GROUP' | 'PUBLIC' = 'GROUP'): Promise<SeededChannel> {
  const channel = await (kind === 'GROUP' ? seedGroup : seedPublic)(world, { owners: [ada] })
  await seedMessages(world, channel, [
    [ada, 'One'],
    [ada, 'Two'],
    [ada, 'Three'],
  ])
  return channel
}

const add = (channelId: string, more = {}) => act(ada, 'addMembers', { channelId, userIds: [bob.id], ...more })
const firstSeen = async (channelId: string) => seqs(await read(bob, channelId, { first: 1 }))

describe('who is added to a group', () => {
  it('sees it from their joining on; numbers stay the channel’s own', async () => {
    const { id } = await old()
    await add(id)
    await send(ada, id, 'Five')
    const { edges, pageInfo } = await read(bob, id)
    expect(edges.map(({ node }) => [node.seq, node.text])).toEqual([
      [4, 'Ada added Bob.'],
      [5, 'Five'],
    ])
    expect(pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: false })
    expect(await read(bob, id, { last: 1 })).toMatchObject({ edges: [{ node: { seq: 5 } }], pageInfo: { hasPreviousPage: true } })
    expect(await read(bob, id, { last: 2 })).toMatchObject({ pageInfo: { hasPreviousPage: false } })
    expect(await see(bob, id, 'lastSeq lastMessage { seq }')).toEqual({ lastSeq: 5, lastMessage: { seq: 5 } })
    expect(seqs(await read(ada, id))).toEqual([1, 2, 3, 4, 5])
  })

  it('finds no way to what was before', async () => {
    const { id } = await old()
    await add(id)
    const answer = await send(ada, id, { text: 'Indeed', replyToId: idAt(id, 2) })
    expect(answer.replyTo).toMatchObject({ text: 'Two' })
    expect((await look(bob, answer))!.replyTo).toBeNull()
    expect(await look(bob, { id: idAt(id, 2) })).toBeNull()
    const ids = [1, 2, 3, 4, 5].map((seq) => idAt(id, seq))
    const { nodes } = await query(bob.client, 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Message { seq } } }', { ids })
    expect(nodes).toEqual([null, null, null, { seq: 4 }, { seq: 5 }])
    expect(seqs(await read(bob, id, { aroundSeq: 2, first: 5 }))[0]).toBe(4)
    const { startCursor } = (await read(bob, id)).pageInfo
    expect(seqs(await read(bob, id, { last: 10, before: startCursor }))).toEqual([])
    const { startCursor: first } = (await read(ada, id, { first: 1 })).pageInfo
    expect(seqs(await read(bob, id, { after: first }))).toEqual([4, 5])
    for (const [field, input] of [
      ['editMessage', { text: 'Changed' }],
      ['deleteMessage', {}],
      ['addReaction', { emoji: '👍' }],
      ['removeReaction', { emoji: '👍' }],
    ] as const)
      expect([field, await ends(bob, field, { messageId: idAt(id, 2), ...input })]).toEqual([field, 'NOT_FOUND'])
    expect(await mutate(bob.client, 'sendMessage', { channelId: id, text: 'What?', replyToId: idAt(id, 2) })).toMatchObject({
      code: expect.any(String),
    })
  })

  it('sees all of it where it is given to them', async () => {
    const { id } = await old()
    await add(id, { withHistory: true })
    expect(seqs(await read(bob, id))).toEqual([1, 2, 3, 4])
    expect(await see(bob, id, 'membership { receipt { readSeq } unread { messages } }')).toEqual({
      membership: { receipt: { readSeq: 4 }, unread: { messages: 0 } },
    })
  })

  it('from the start sees it from the start', async () => {
    const { channel } = await act(ada, 'createChannel', { kind: 'GROUP', name: 'New', memberIds: [bob.id] }, 'channel { id }')
    const { id } = channel as { id: string }
    await send(ada, id, 'One')
    expect(await firstSeen(id)).toEqual([1])
  })

  it('keeps what they see when they are added again', async () => {
    const { id } = await old()
    await add(id)
    await add(id, { withHistory: true })
    expect(await firstSeen(id)).toEqual([4])
  })

  it('and was there before sees it from their coming back on, or from the start, as they are added', async () => {
    const { id } = await old()
    await add(id, { withHistory: true })
    await act(bob, 'leaveChannel', { channelId: id })
    await send(ada, id, 'Six')
    await add(id)
    expect(await firstSeen(id)).toEqual([7])
    expect(await conversation(bob, id)).toEqual(['* Ada added Bob.'])
    await act(ada, 'removeMember', { channelId: id, userId: bob.id })
    await add(id, { withHistory: true })
    expect(await firstSeen(id)).toEqual([1])
  })
})

describe('a public channel', () => {
  it('shows everything to everyone, members or not, from the start', async () => {
    const { id } = await old('PUBLIC')
    for (const person of [bob, admin]) {
      expect(await conversation(person, id)).toEqual(['One', 'Two', 'Three'])
      const fields =
        'kind name memberCount membership { role } lastMessage { text } members { edges { node { user { handle } } } } receipts { edges { node { readSeq } } }'
      expect(await see(person, id, fields)).toMatchObject({
        kind: 'PUBLIC',
        memberCount: 1,
        membership: null,
        lastMessage: { text: 'Three' },
        members: { edges: [{ node: { user: { handle: 'ada' } } }] },
        receipts: { edges: [{ node: { readSeq: 3 } }] },
      })
      expect((await look(person, { id: idAt(id, 1) }))!.text).toBe('One')
      for (const [field, input] of [
        ['sendMessage', { text: 'Me, too' }],
        ['leaveChannel', {}],
        ['updateMembership', { notificationLevel: 'NONE' }],
        ['markRead', { seq: 1 }],
        ['markUnread', { fromSeq: 1 }],
      ] as const)
        expect([field, await ends(person, field, { channelId: id, ...input })]).toEqual([field, 'FORBIDDEN'])
    }
    await act(bob, 'joinChannel', { channelId: id })
    expect(await firstSeen(id)).toEqual([1])
    await act(bob, 'leaveChannel', { channelId: id })
    expect(await firstSeen(id)).toEqual([1])
  })
})

describe('who is not a member any more', () => {
  it.each(['left', 'removed'])('having been %s, finds nothing of a group', async (how) => {
    const { id, key } = await old()
    const text = 'A secret'
    await add(id, { withHistory: true })
    const message = await send(bob, id, text)
    const answer = await send(ada, id, { text, replyToId: message.id, mentionIds: [bob.id] })
    await act(ada, 'addReaction', { messageId: message.id, emoji: '👍' })
    const before = await query(bob.client, '{ viewer { unread { channels messages mentions } } }')
    if (how === 'left') await act(bob, 'leaveChannel', { channelId: id })
    else await act(ada, 'removeMember', { channelId: id, userId: bob.id })
    await send(ada, id, { text: `@${bob.handle} @channel`, replyToId: message.id })

    expect(await see(bob, id, 'name')).toBeNull()
    for (const args of ['first: 100', 'first: 100, archived: true', 'unreadOnly: true'])
      expect(await channelsOf(bob, args)).not.toContain(id)
    const unread = (await query<{ viewer: { unread: object } }>(bob.client, '{ viewer { unread { channels messages mentions } } }')).viewer
      .unread
    expect(unread).not.toEqual((before as { viewer: { unread: object } }).viewer.unread)
    expect(unread).toEqual({ channels: 0, messages: 0, mentions: 0 })
    const membershipOf = (person: Person) => Buffer.from(`Membership:${key}:${keyOf(person.id)}`).toString('base64url')
    const ids = [id, message.id, answer.id, idAt(id, 1), membershipOf(bob), membershipOf(ada)]
    const { nodes } = await query<{ nodes: unknown[] }>(bob.client, 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }', { ids })
    expect(nodes).toEqual(ids.map(() => null))
    for (const one of ids) expect(await query(bob.client, 'query ($id: ID!) { node(id: $id) { id } }', { id: one })).toEqual({ node: null })

    const attempts: [string, object][] = [
      ['sendMessage', { channelId: id, text }],
      ['sendMessage', { channelId: id, text, replyToId: message.id }],
      ['editMessage', { messageId: message.id, text }],
      ['deleteMessage', { messageId: message.id }],
      ['addReaction', { messageId: message.id, emoji: '👍' }],
      ['removeReaction', { messageId: message.id, emoji: '👍' }],
      ['markRead', { channelId: id, seq: 1 }],
      ['markUnread', { channelId: id, fromSeq: 1 }],
      ['markDelivered', { positions: [{ channelId: id, seq: 1 }] }],
      ['updateMembership', { channelId: id, notificationLevel: 'ALL' }],
      ['updateChannel', { channelId: id, name: 'Mine' }],
      ['addMembers', { channelId: id, userIds: [bob.id] }],
      ['joinChannel', { channelId: id }],
      ['leaveChannel', { channelId: id }],
      ['invitePerson', { email: `${how}@example.com`, channelIds: [id] }],
    ]
    for (const [field, input] of attempts) {
      const outcome = await mutate(bob.client, field, input)
      expect([field, outcome.code]).toEqual([field, 'NOT_FOUND'])
      expect(JSON.stringify(outcome)).not.toContain(text)
    }
    const elsewhere = await seedGroup(world, { owners: [bob] })
    expect(await mutate(bob.client, 'sendMessage', { channelId: elsewhere.id, text, replyToId: message.id })).toMatchObject({
      code: expect.any(String),
    })
  })

  it('is not among the members, nor among those who got a message', async () => {
    const { id } = await old()
    await add(id, { withHistory: true })
    const message = await send(ada, id, 'Hello')
    await act(bob, 'markRead', { channelId: id, seq: message.seq })
    const shown = `memberCount members(search: "bob") { totalCount } receipts { edges { node { user { id } } } }
      messages(aroundSeq: ${message.seq}, first: 1) { edges { node { receiptSummary { recipients read } receipts(state: READ) { totalCount } } } }`
    const seen = (count: number) => ({
      memberCount: 1 + count,
      members: { totalCount: count },
      receipts: { edges: [ada, bob].slice(0, 1 + count).map(({ id }) => ({ node: { user: { id } } })) },
      messages: { edges: [{ node: { receiptSummary: { recipients: count, read: count }, receipts: { totalCount: count } } }] },
    })
    const byPerson = (channel: object | null) => {
      const { receipts } = channel as ReturnType<typeof seen>
      receipts.edges.sort((one) => (one.node.user.id === ada.id ? -1 : 1))
      return channel
    }
    expect(byPerson(await see(ada, id, shown))).toEqual(seen(1))
    await act(bob, 'leaveChannel', { channelId: id })
    expect(await see(ada, id, shown)).toEqual(seen(0))
  })
})

describe('a conversation of two', () => {
  it('is nobody else’s, administrators included', async () => {
    const cem = await seedPerson(world)
    const direct = await seedDirect(world, ada, bob)
    await seedMessages(world, direct, [[ada, 'Psst']])
    for (const person of [cem, admin]) {
      expect(await see(person, direct.id, 'lastMessage { text }')).toBeNull()
      expect(await look(person, { id: idAt(direct.id, 1) })).toBeNull()
      expect(await ends(person, 'sendMessage', { channelId: direct.id, text: 'Me, too' })).toBe('NOT_FOUND')
    }
    expect(await conversation(bob, direct.id)).toEqual(['Psst'])
  })
})

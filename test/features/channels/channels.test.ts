import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { act, channelsOf, conversation, ends, present, see } from '../../support/channels.ts'
import { mutate, type Person, query } from '../../support/people.ts'
import { seedDirect, seedGroup, seedMessages, seedPerson, seedPublic } from '../../support/seed.ts'
import { idAt } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
let cem: Person
let admin: Person
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world, { handle: 'ada', displayName: 'Ada' })
  bob = await seedPerson(world, { handle: 'bob', displayName: 'Bob' })
  cem = await seedPerson(world, { handle: 'cem', displayName: 'Cem' })
  admin = await seedPerson(world, { handle: 'admin', role: 'ADMIN' })
})
afterAll(() => world.stop())

const channels = async () => (await world.app.database.pool.query<{ n: string }>('SELECT count(*) AS n FROM channels')).rows[0]!.n

describe('a direct channel', () => {
  const shown =
    'created channel { id kind name topic memberCount peer { handle } membership { role notificationLevel unread { messages } } }'

  it('is there once for two people, whoever opens it', async () => {
    const membership = { role: 'MEMBER', notificationLevel: 'ALL', unread: { messages: 0 } }
    const { channel, created } = await act(ada, 'openDirectChannel', { userId: bob.id }, shown)
    expect(created).toBe(true)
    expect(channel).toMatchObject({ kind: 'DIRECT', name: null, topic: null, memberCount: 2, peer: { handle: 'bob' }, membership })
    for (const [one, other] of [
      [ada, bob],
      [bob, ada],
    ] as const)
      expect(await act(one, 'openDirectChannel', { userId: other.id }, shown)).toMatchObject({
        created: false,
        channel: { id: (channel as { id: string }).id, peer: { handle: other.handle }, membership },
      })
    expect(await present(bob, (channel as { id: string }).id)).toHaveLength(2)
  })

  it('with oneself is for notes', async () => {
    const { channel } = await act(cem, 'openDirectChannel', { userId: cem.id }, shown)
    expect(channel).toMatchObject({ kind: 'DIRECT', memberCount: 1, peer: { handle: 'cem' }, membership: { role: 'MEMBER' } })
    expect(await act(cem, 'openDirectChannel', { userId: cem.id }, shown)).toMatchObject({ created: false, channel })
  })

  it('is not there with nobody', async () => {
    const group = await seedGroup(world, { owners: [ada] })
    const gone = await seedPerson(world)
    await mutate(gone.client, 'deleteAccount', { password: gone.password })
    const before = await channels()
    for (const userId of ['', 'broken', group.id, gone.id, Buffer.from('User:1').toString('base64url')])
      expect(await ends(ada, 'openDirectChannel', { userId })).toBe('NOT_FOUND')
    expect(await channels()).toBe(before)
  })
})

describe('a new channel', () => {
  it.each([
    ['GROUP', 'ALL'],
    ['PUBLIC', 'MENTIONS'],
  ])('%s is its maker’s, with those who were named, each once', async (kind, notificationLevel) => {
    const memberIds = [bob.id, ada.id, cem.id, bob.id]
    const { channel } = await act(
      ada,
      'createChannel',
      { kind, name: '  Tea   and\u00a0 biscuits ', topic: 'Zoe\u0308 ', memberIds },
      'channel { id version kind name topic memberCount lastSeq archivedAt peer { id } membership { role notificationLevel } }',
    )
    expect(channel).toEqual({
      id: expect.any(String),
      version: 1,
      kind,
      name: 'Tea and biscuits',
      topic: 'Zoë',
      memberCount: 3,
      lastSeq: 0,
      archivedAt: null,
      peer: null,
      membership: { role: 'OWNER', notificationLevel },
    })
    const { id } = channel as { id: string }
    expect((await present(cem, id))!.toSorted()).toEqual(['ada: OWNER', 'bob: MEMBER', 'cem: MEMBER'])
    expect(await conversation(bob, id)).toEqual([])
    for (const person of [ada, bob, cem]) expect(await channelsOf(person, 'first: 1')).toEqual([id])
  })

  it('has no topic where it is empty, and nobody else where nobody is named', async () => {
    for (const more of [{}, { topic: null, memberIds: null }, { topic: ' ', memberIds: [] }])
      expect(await act(ada, 'createChannel', { kind: 'GROUP', name: '🫖', ...more }, 'channel { topic memberCount }')).toMatchObject({
        channel: { topic: null, memberCount: 1 },
      })
  })

  it('is not made with all that is wrong named at once', async () => {
    const before = await channels()
    const invalid = async (input: object) => (await mutate(ada.client, 'createChannel', input)).issues?.map(({ path }) => path)
    const memberIds = Array.from({ length: 101 }, () => bob.id)
    expect(await invalid({ kind: 'DIRECT', name: 'x'.repeat(81), topic: 'x'.repeat(251), memberIds })).toEqual([
      'input.kind',
      'input.name',
      'input.topic',
      'input.memberIds',
    ])
    for (const name of ['', '   ', 'a\0', 'a\nb', '\u200b', '\ud800'])
      expect(await invalid({ kind: 'GROUP', name })).toEqual(['input.name'])
    for (const topic of ['a\u0007', 'a\nb', 'a\tb']) expect(await invalid({ kind: 'GROUP', name: 'x', topic })).toEqual(['input.topic'])
    expect(await channels()).toBe(before)
  })

  it('is not made with people who do not exist', async () => {
    const before = await channels()
    for (const nobody of ['broken', Buffer.from('User:00000000-0000-0000-0000-000000000000').toString('base64url')])
      expect(await mutate(ada.client, 'createChannel', { kind: 'GROUP', name: 'x', memberIds: [bob.id, nobody] })).toMatchObject({
        code: 'NOT_FOUND',
        reason: 'input.memberIds.1: There is no such person.',
      })
    expect(await channels()).toBe(before)
  })

  it('may have names and topics as long as they are measured in characters', async () => {
    const [name, topic] = ['😀'.repeat(80), '🇺🇳'.repeat(125)]
    expect(await act(ada, 'createChannel', { kind: 'PUBLIC', name, topic }, 'channel { name topic }')).toMatchObject({
      channel: { name, topic },
    })
  })
})

describe('changing a channel', () => {
  const shown = 'channel { version name topic lastSeq lastMessage { kind text sender { handle } } }'

  it('changes what is given and leaves the rest; a new name is said in the conversation', async () => {
    const { id } = await seedGroup(world, { name: 'Tea', topic: 'Leaves', owners: [ada], members: [bob] })
    expect(await act(ada, 'updateChannel', { channelId: id, name: ' Coffee ' }, shown)).toMatchObject({
      channel: {
        version: 2,
        name: 'Coffee',
        topic: 'Leaves',
        lastSeq: 1,
        lastMessage: { kind: 'SYSTEM', text: 'Ada renamed the channel to «Coffee».', sender: { handle: 'ada' } },
      },
    })
    expect(await act(ada, 'updateChannel', { channelId: id, topic: 'Beans', name: null }, shown)).toMatchObject({
      channel: { version: 3, name: 'Coffee', topic: 'Beans', lastSeq: 1 },
    })
    for (const topic of ['', null]) {
      await act(ada, 'updateChannel', { channelId: id, topic: 'Beans' })
      expect(await act(ada, 'updateChannel', { channelId: id, topic }, shown)).toMatchObject({ channel: { name: 'Coffee', topic: null } })
    }
    expect(await conversation(bob, id)).toEqual(['* Ada renamed the channel to «Coffee».'])
  })

  it('to what it is, or to nothing, changes nothing', async () => {
    const { id } = await seedGroup(world, { name: 'Tea', topic: 'Leaves', owners: [ada] })
    for (const same of [{}, { name: null }, { name: ' Tea' }, { topic: 'Leaves ' }, { name: 'Tea', topic: 'Leaves' }])
      expect(await act(ada, 'updateChannel', { channelId: id, ...same }, shown)).toMatchObject({ channel: { version: 1, lastSeq: 0 } })
  })

  it('is refused with all that is wrong', async () => {
    const { id } = await seedGroup(world, { owners: [ada] })
    const { issues } = await mutate(ada.client, 'updateChannel', { channelId: id, name: ' ', topic: 'x'.repeat(251) })
    expect(issues?.map(({ path }) => path)).toEqual(['input.name', 'input.topic'])
  })
})

describe('an archived channel', () => {
  /** With two messages, the first of them ada's and the second bob's. */
  async function put(archived: boolean) {
    const channel = await seedPublic(world, { owners: [ada], members: [bob], archived })
    await seedMessages(world, channel, [
      [ada, 'One'],
      [bob, 'Two'],
    ])
    return channel.id
  }

  it('takes nothing new', async () => {
    const id = await put(true)
    const [own, other] = [idAt(id, 1), idAt(id, 2)]
    const attempts: [Person, string, object][] = [
      [ada, 'sendMessage', { channelId: id, text: 'Three' }],
      [ada, 'editMessage', { messageId: own, text: 'Changed' }],
      [ada, 'deleteMessage', { messageId: own }],
      [ada, 'deleteMessage', { messageId: other }],
      [ada, 'addReaction', { messageId: other, emoji: '👍' }],
      [ada, 'removeReaction', { messageId: other, emoji: '👍' }],
      [cem, 'joinChannel', { channelId: id }],
      [ada, 'addMembers', { channelId: id, userIds: [cem.id] }],
      [ada, 'removeMember', { channelId: id, userId: bob.id }],
      [ada, 'updateChannel', { channelId: id, name: 'Renamed' }],
      [ada, 'updateChannel', { channelId: id, topic: 'Renamed' }],
      [admin, 'addMembers', { channelId: id, userIds: [cem.id] }],
    ]
    for (const [person, field, input] of attempts) expect([field, await ends(person, field, input)]).toEqual([field, 'CONFLICT'])
    expect(await conversation(bob, id)).toEqual(['One', 'Two'])
    expect(await present(cem, id)).toEqual(['ada: OWNER', 'bob: MEMBER'])
  })

  it('refuses others as an open one does', async () => {
    const id = await put(true)
    expect(await ends(cem, 'sendMessage', { channelId: id, text: 'Three' })).toBe('FORBIDDEN')
    expect(await ends(bob, 'updateChannel', { channelId: id, name: 'Renamed' })).toBe('FORBIDDEN')
  })

  it('keeps what is one’s own: marks, settings, leaving; its owner hands it over, deletes it, or brings it back', async () => {
    const id = await put(true)
    for (const [field, input] of [
      ['markRead', { seq: 1 }],
      ['markUnread', { fromSeq: 1 }],
      ['updateMembership', { notificationLevel: 'NONE' }],
    ] as const)
      expect(await ends(ada, field, { channelId: id, ...input })).toBe('done')
    expect(await ends(ada, 'markDelivered', { positions: [{ channelId: id, seq: 2 }] })).toBe('done')
    expect(await ends(ada, 'leaveChannel', { channelId: id })).toBe('CONFLICT')
    expect(await ends(ada, 'setMemberRole', { channelId: id, userId: bob.id, role: 'OWNER' })).toBe('done')
    expect(await ends(ada, 'leaveChannel', { channelId: id })).toBe('done')
    expect(await conversation(bob, id)).toEqual(['One', 'Two'])
    expect(await ends(bob, 'archiveChannel', { channelId: id, archived: false })).toBe('done')
    expect(await ends(bob, 'archiveChannel', { channelId: id, archived: true })).toBe('done')
    expect(await ends(bob, 'deleteChannel', { channelId: id })).toBe('done')
  })

  it('that nobody is in is brought back by an administrator, who owns it then', async () => {
    const boss = await seedPerson(world, { role: 'ADMIN', displayName: 'Boss' })
    const { id } = await seedPublic(world, { owners: [ada] })
    await act(ada, 'leaveChannel', { channelId: id })
    expect(await ends(bob, 'joinChannel', { channelId: id })).toBe('CONFLICT')
    const shown = 'channel { archivedAt memberCount membership { role } }'
    expect(await act(boss, 'archiveChannel', { channelId: id, archived: false }, shown)).toMatchObject({
      channel: { archivedAt: null, memberCount: 1, membership: { role: 'OWNER' } },
    })
    expect(await ends(bob, 'joinChannel', { channelId: id })).toBe('done')
    expect(await present(bob, id)).toEqual([`${boss.handle}: OWNER`, `${bob.handle}: MEMBER`])
    const other = await seedPublic(world, { owners: [ada], archived: true })
    expect(await act(boss, 'archiveChannel', { channelId: other.id, archived: false }, shown)).toMatchObject({
      channel: { memberCount: 1, membership: null },
    })
  })

  it('is listed where it is asked for only, and counts for nobody', async () => {
    const id = await put(false)
    const shown = 'channel { version archivedAt }'
    const unread = async () =>
      ((await query(ada.client, '{ viewer { unread { messages } } }')).viewer as { unread: { messages: number } }).unread.messages
    expect([await channelsOf(ada), await channelsOf(ada, 'archived: true')]).toEqual([
      expect.arrayContaining([id]),
      expect.not.arrayContaining([id]),
    ])
    const before = await unread()
    expect(await act(ada, 'archiveChannel', { channelId: id, archived: true }, shown)).toMatchObject({
      channel: { version: 2, archivedAt: expect.any(String) },
    })
    expect([await channelsOf(ada), await channelsOf(ada, 'archived: true')]).toEqual([
      expect.not.arrayContaining([id]),
      expect.arrayContaining([id]),
    ])
    expect(await unread()).toBe(before - 1)
    expect(await see(ada, id, 'membership { unread { messages } }')).toEqual({ membership: { unread: { messages: 1 } } })
    expect(await act(ada, 'archiveChannel', { channelId: id, archived: true }, shown)).toMatchObject({ channel: { version: 2 } })
    expect(await act(ada, 'archiveChannel', { channelId: id, archived: false }, shown)).toMatchObject({
      channel: { version: 3, archivedAt: null },
    })
    expect(await unread()).toBe(before)
  })
})

describe('a deleted channel', () => {
  it.each(['GROUP', 'PUBLIC'] as const)('%s is gone for everyone, in every way', async (kind) => {
    const people = { owners: [ada], moderators: [cem], members: [bob] }
    const channel = await (kind === 'GROUP' ? seedGroup : seedPublic)(world, { name: 'Farewell party', ...people })
    const { id, key } = channel
    const before = await Promise.all([ada, bob].map((person) => query(person.client, '{ viewer { unread { channels messages } } }')))
    await seedMessages(world, channel, [[cem, 'Hello']])
    const membershipId = Buffer.from(`Membership:${key}:${Buffer.from(bob.id, 'base64url').toString().slice(5)}`).toString('base64url')
    const ids = [id, idAt(id, 1), membershipId]
    const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }'
    expect(JSON.stringify(await query(bob.client, nodes, { ids }))).not.toContain('null')
    expect(await act(ada, 'deleteChannel', { channelId: id }, 'channelId')).toMatchObject({ channelId: id })

    for (const person of [ada, bob, cem, admin]) {
      expect(await query(person.client, nodes, { ids })).toEqual({ nodes: [null, null, null] })
      expect(await see(person, id, 'name')).toBeNull()
      for (const args of ['first: 100', 'first: 100, archived: true']) expect(await channelsOf(person, args)).not.toContain(id)
      const listed = await query(person.client, '{ publicChannels(search: "Farewell") { edges { node { id } } } }')
      expect(listed).toEqual({ publicChannels: { edges: [] } })
      for (const [field, input] of [
        ['updateChannel', { name: 'Back' }],
        ['archiveChannel', { archived: true }],
        ['deleteChannel', {}],
        ['joinChannel', {}],
        ['leaveChannel', {}],
        ['addMembers', { userIds: [admin.id] }],
        ['removeMember', { userId: bob.id }],
        ['setMemberRole', { userId: bob.id, role: 'OWNER' }],
        ['updateMembership', { notificationLevel: 'NONE' }],
        ['sendMessage', { text: 'Hello?' }],
        ['markRead', { seq: 1 }],
        ['markUnread', { fromSeq: 1 }],
      ] as const)
        expect([field, await ends(person, field, { channelId: id, ...input })]).toEqual([field, 'NOT_FOUND'])
      expect(await ends(person, 'markDelivered', { positions: [{ channelId: id, seq: 1 }] })).toBe('NOT_FOUND')
      expect(await ends(person, 'editMessage', { messageId: idAt(id, 1), text: 'Changed' })).toBe('NOT_FOUND')
    }
    expect(await Promise.all([ada, bob].map((person) => query(person.client, '{ viewer { unread { channels messages } } }')))).toEqual(
      before,
    )
  })
})

describe('ids that are broken, or of something else', () => {
  it('are nobody’s and nothing’s', async () => {
    const direct = await seedDirect(world, ada, cem)
    const group = await seedGroup(world, { owners: [ada], members: [bob] })
    const nil = Buffer.from('Channel:00000000-0000-0000-0000-000000000000').toString('base64url')
    for (const id of ['', 'broken', ada.id, `${group.id}x`, group.key, nil, idAt(group.id, 1)]) {
      expect(await see(ada, id, 'name')).toBeNull()
      for (const [field, input] of [
        ['updateChannel', { name: 'x' }],
        ['archiveChannel', { archived: true }],
        ['deleteChannel', {}],
        ['joinChannel', {}],
        ['leaveChannel', {}],
        ['addMembers', { userIds: [bob.id] }],
        ['removeMember', { userId: bob.id }],
        ['setMemberRole', { userId: bob.id, role: 'OWNER' }],
        ['updateMembership', {}],
      ] as const)
        expect([id, field, await ends(ada, field, { channelId: id, ...input })]).toEqual([id, field, 'NOT_FOUND'])
    }
    for (const userId of ['', 'broken', group.id, direct.id, group.key, cem.id])
      for (const [field, input] of [
        ['removeMember', {}],
        ['setMemberRole', { role: 'OWNER' }],
      ] as const)
        expect([userId, field, await ends(ada, field, { channelId: group.id, userId, ...input })]).toEqual([userId, field, 'NOT_FOUND'])
  })
})

describe('where only administrators make public channels', () => {
  it('nobody else makes, renames, archives or deletes one; in it, its owners lead', async () => {
    const closed = await createWorld({ env: { PUBLIC_CHANNEL_CREATION: 'admins' } })
    const owner = await seedPerson(closed)
    const guest = await seedPerson(closed)
    const boss = await seedPerson(closed, { role: 'ADMIN' })
    expect(await ends(owner, 'createChannel', { kind: 'PUBLIC', name: 'Ours' })).toBe('FORBIDDEN')
    expect(await ends(owner, 'createChannel', { kind: 'GROUP', name: 'Ours' })).toBe('done')
    expect(await ends(boss, 'createChannel', { kind: 'PUBLIC', name: 'Ours' })).toBe('done')
    const { id } = await seedPublic(closed, { owners: [owner] })
    for (const [field, input] of [
      ['addMembers', { userIds: [guest.id] }],
      ['setMemberRole', { userId: guest.id, role: 'MODERATOR' }],
      ['removeMember', { userId: guest.id }],
    ] as const)
      expect([field, await ends(owner, field, { channelId: id, ...input })]).toEqual([field, 'done'])
    for (const [field, input] of [
      ['updateChannel', { name: 'Theirs' }],
      ['updateChannel', { topic: 'Theirs' }],
      ['archiveChannel', { archived: true }],
      ['archiveChannel', { archived: false }],
      ['deleteChannel', {}],
    ] as const) {
      expect([field, await ends(owner, field, { channelId: id, ...input })]).toEqual([field, 'FORBIDDEN'])
      expect([field, await ends(boss, field, { channelId: id, ...input })]).toEqual([field, 'done'])
    }
    await closed.stop()
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { act, conversation, ends, present, see } from '../../support/channels.ts'
import { mutate, type Person } from '../../support/people.ts'
import { type ChannelSeed, keyOf, seedCrowd, seedGroup, seedMessages, seedPerson, seedPublic } from '../../support/seed.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
let cem: Person
let dan: Person
let admin: Person
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world, { handle: 'ada', displayName: 'Ada' })
  bob = await seedPerson(world, { handle: 'bob', displayName: 'Bob' })
  cem = await seedPerson(world, { handle: 'cem', displayName: 'Cem' })
  dan = await seedPerson(world, { handle: 'dan', displayName: 'Dan' })
  admin = await seedPerson(world, { handle: 'admin', displayName: 'Admin', role: 'ADMIN' })
})
afterAll(() => world.stop())

const group = async (seed: ChannelSeed) => (await seedGroup(world, seed)).id
const open = async (seed: ChannelSeed) => (await seedPublic(world, seed)).id

const standing = 'version role joinedAt notificationLevel mutedUntil receipt { deliveredSeq readSeq } unread { messages firstUnreadSeq }'
const own = async (person: Person, id: string) =>
  (await see<{ membership: Record<string, unknown> | null }>(person, id, `membership { ${standing} }`))?.membership

describe('joining', () => {
  it('a public channel makes one a member behind its newest message, which says so', async () => {
    const channel = await seedPublic(world, { owners: [ada] })
    await seedMessages(world, channel, [
      [ada, 'One'],
      [ada, 'Two'],
    ])
    const { membership } = await act(
      bob,
      'joinChannel',
      { channelId: channel.id },
      `membership { ${standing} user { handle } channel { memberCount lastSeq } }`,
    )
    expect(membership).toMatchObject({
      version: 1,
      role: 'MEMBER',
      notificationLevel: 'MENTIONS',
      mutedUntil: null,
      receipt: { deliveredSeq: 3, readSeq: 3 },
      unread: { messages: 0, firstUnreadSeq: null },
      user: { handle: 'bob' },
      channel: { memberCount: 2, lastSeq: 3 },
    })
    expect(await conversation(bob, channel.id)).toEqual(['One', 'Two', '* Bob joined.'])
  })

  it('again changes nothing', async () => {
    const channelId = await open({ owners: [ada], moderators: [bob] })
    await act(bob, 'updateMembership', { channelId, notificationLevel: 'ALL' })
    const before = await own(bob, channelId)
    expect((await act(bob, 'joinChannel', { channelId }, `membership { ${standing} }`)).membership).toEqual(before)
    expect(await present(bob, channelId)).toEqual(['ada: OWNER', 'bob: MODERATOR'])
    expect(await conversation(bob, channelId)).toEqual([])
  })

  it('is not said where more than a hundred are', async () => {
    const channel = await seedPublic(world, { owners: [ada] })
    await seedCrowd(world, channel, 99)
    await act(bob, 'joinChannel', { channelId: channel.id })
    expect(await conversation(ada, channel.id)).toEqual(['* Bob joined.'])
    for (const field of ['joinChannel', 'leaveChannel']) await act(cem, field, { channelId: channel.id })
    await act(ada, 'addMembers', { channelId: channel.id, userIds: [cem.id] })
    await act(ada, 'removeMember', { channelId: channel.id, userId: cem.id })
    expect(await conversation(ada, channel.id)).toEqual(['* Bob joined.'])
    expect(await see(ada, channel.id, 'memberCount')).toEqual({ memberCount: 101 })
    const large = await seedGroup(world, { owners: [ada] })
    await seedCrowd(world, large, 101)
    await act(ada, 'addMembers', { channelId: large.id, userIds: [cem.id] })
    expect(await conversation(ada, large.id)).toEqual(['* Ada added Cem.'])
  })
})

describe('leaving', () => {
  it('ends the membership, and says so', async () => {
    const channelId = await group({ owners: [ada], moderators: [bob] })
    expect(await act(bob, 'leaveChannel', { channelId }, 'channelId')).toMatchObject({ channelId })
    expect(await present(ada, channelId)).toEqual(['ada: OWNER'])
    expect(await conversation(ada, channelId)).toEqual(['* Bob left.'])
    expect(await ends(bob, 'leaveChannel', { channelId })).toBe('NOT_FOUND')
  })

  it('a channel that would have no owner left is a conflict until it is handed over', async () => {
    const channelId = await group({ owners: [ada], moderators: [bob], members: [cem] })
    expect(await mutate(ada.client, 'leaveChannel', { channelId })).toMatchObject({
      __typename: 'Conflict',
      reason: expect.stringContaining('owner'),
    })
    await act(ada, 'setMemberRole', { channelId, userId: cem.id, role: 'OWNER' })
    expect(await ends(ada, 'leaveChannel', { channelId })).toBe('done')
    expect(await present(cem, channelId)).toEqual(['bob: MODERATOR', 'cem: OWNER'])
  })

  it.each([
    ['GROUP', 'NOT_FOUND'],
    ['PUBLIC', 'CONFLICT'],
  ])('%s as the last one archives it', async (kind, refusal) => {
    const channelId = await (kind === 'GROUP' ? group : open)({ owners: [ada], former: [bob] })
    expect(await ends(ada, 'leaveChannel', { channelId })).toBe('done')
    const row = await world.app.database.prisma.channel.findUniqueOrThrow({ where: { id: keyOf(channelId) } })
    expect(row).toMatchObject({ archivedAt: expect.any(Date), memberCount: 0, version: 2, lastSeq: 1 })
    expect(await ends(bob, 'joinChannel', { channelId })).toBe(refusal)
  })

  it('and coming back begins anew: as a member, behind the newest message, with the presets', async () => {
    const channel = await seedPublic(world, { owners: [ada], moderators: [bob] })
    const channelId = channel.id
    await seedMessages(world, channel, [[ada, 'One']])
    await act(bob, 'updateMembership', { channelId, notificationLevel: 'NONE', mutedUntil: '2100-01-01T00:00:00Z' })
    await act(bob, 'markUnread', { channelId, fromSeq: 1 })
    const before = (await own(bob, channelId))!
    await act(bob, 'leaveChannel', { channelId })
    await seedMessages(world, channel, [
      [ada, 'Three'],
      [ada, 'Four'],
    ])
    expect(await own(bob, channelId)).toBeNull()
    await act(bob, 'joinChannel', { channelId })
    const after = (await own(bob, channelId))!
    expect(after).toMatchObject({
      role: 'MEMBER',
      notificationLevel: 'MENTIONS',
      mutedUntil: null,
      receipt: { deliveredSeq: 5, readSeq: 5 },
      unread: { messages: 0, firstUnreadSeq: null },
    })
    expect(after.version).toBeGreaterThan(before.version as number)
    expect(Date.parse(after.joinedAt as string)).toBeGreaterThan(Date.parse(before.joinedAt as string))
    expect(await present(ada, channelId)).toEqual(['ada: OWNER', 'bob: MEMBER'])
  })
})

describe('adding people', () => {
  it('seats those who are not there, in one sentence; the others stay as they are', async () => {
    const channelId = await group({ owners: [ada], moderators: [bob], former: [dan] })
    const userIds = [dan.id, bob.id, cem.id, ada.id, dan.id]
    const { memberships } = await act(bob, 'addMembers', { channelId, userIds }, 'memberships { role version user { handle } }')
    expect(memberships).toEqual([
      { role: 'MEMBER', version: 2, user: { handle: 'dan' } },
      { role: 'MODERATOR', version: 1, user: { handle: 'bob' } },
      { role: 'MEMBER', version: 1, user: { handle: 'cem' } },
      { role: 'OWNER', version: 1, user: { handle: 'ada' } },
    ])
    expect(await conversation(ada, channelId)).toEqual(['* Bob added Dan and Cem.'])
    await act(bob, 'addMembers', { channelId, userIds })
    expect(await conversation(ada, channelId)).toEqual(['* Bob added Dan and Cem.'])
    expect(await own(cem, channelId)).toMatchObject({
      notificationLevel: 'ALL',
      receipt: { deliveredSeq: 1, readSeq: 1 },
      unread: { messages: 0 },
    })
  })

  it('names the first two of many', async () => {
    const channelId = await group({ owners: [ada] })
    await act(ada, 'addMembers', { channelId, userIds: [dan, cem, bob, admin].map(({ id }) => id) })
    expect(await conversation(ada, channelId)).toEqual(['* Ada added Dan, Cem and 2 more.'])
  })

  it('adds nobody where one of them does not exist', async () => {
    const channelId = await group({ owners: [ada] })
    const gone = await seedPerson(world)
    await mutate(gone.client, 'deleteAccount', { password: gone.password })
    for (const nobody of [gone.id, 'broken', channelId])
      expect(await mutate(ada.client, 'addMembers', { channelId, userIds: [bob.id, nobody, cem.id] })).toMatchObject({
        code: 'NOT_FOUND',
        reason: 'input.userIds.1: There is no such person.',
      })
    const many = await mutate(ada.client, 'addMembers', { channelId, userIds: Array.from({ length: 13 }, () => gone.id) })
    expect(many.reason).toMatch(/^input\.userIds\.0, .*, input\.userIds\.9 and 3 more: /)
    expect(await present(ada, channelId)).toEqual(['ada: OWNER'])
    expect(await conversation(ada, channelId)).toEqual([])
  })

  it('takes from one to a hundred at once', async () => {
    const channelId = await group({ owners: [ada] })
    const crowd = await seedCrowd(world, await seedGroup(world), 101)
    const ids = crowd.map((key) => Buffer.from(`User:${key}`).toString('base64url'))
    for (const userIds of [[], ids])
      expect((await mutate(ada.client, 'addMembers', { channelId, userIds })).issues).toMatchObject([{ path: 'input.userIds' }])
    expect(await ends(ada, 'addMembers', { channelId, userIds: ids.slice(1) })).toBe('done')
    expect(await see(ada, channelId, 'memberCount')).toEqual({ memberCount: 101 })
  })

  it('is for administrators in public channels, without being there', async () => {
    const channelId = await open({ owners: [ada] })
    await act(admin, 'addMembers', { channelId, userIds: [bob.id] })
    expect(await present(bob, channelId)).toEqual(['ada: OWNER', 'bob: MEMBER'])
    expect(await conversation(bob, channelId)).toEqual(['* Admin added Bob.'])
  })
})

describe('removing someone', () => {
  it('is for owners; for moderators where it is a plain member', async () => {
    const channelId = await group({ owners: [ada], moderators: [bob, dan], members: [cem] })
    for (const { id } of [ada, dan]) expect(await ends(bob, 'removeMember', { channelId, userId: id })).toBe('FORBIDDEN')
    expect(await act(bob, 'removeMember', { channelId, userId: cem.id }, 'channelId userId')).toMatchObject({ channelId, userId: cem.id })
    expect(await ends(ada, 'removeMember', { channelId, userId: dan.id })).toBe('done')
    expect(await present(ada, channelId)).toEqual(['ada: OWNER', 'bob: MODERATOR'])
    expect(await conversation(ada, channelId)).toEqual(['* Bob removed Cem.', '* Ada removed Dan.'])
    expect(await see(cem, channelId, 'name')).toBeNull()
  })

  it('who is not there is NOT_FOUND, oneself a conflict', async () => {
    const channelId = await group({ owners: [ada, dan], former: [cem] })
    for (const { id } of [bob, cem]) expect(await ends(ada, 'removeMember', { channelId, userId: id })).toBe('NOT_FOUND')
    expect(await ends(ada, 'removeMember', { channelId, userId: ada.id })).toBe('CONFLICT')
    const ours = await open({ owners: [ada] })
    expect(await ends(admin, 'removeMember', { channelId: ours, userId: admin.id })).toBe('NOT_FOUND')
  })

  it('an owner is for owners, while there is another one', async () => {
    const channelId = await open({ owners: [ada, bob], members: [cem] })
    expect(await ends(bob, 'removeMember', { channelId, userId: ada.id })).toBe('done')
    expect(await ends(admin, 'removeMember', { channelId, userId: bob.id })).toBe('CONFLICT')
    expect(await ends(admin, 'setMemberRole', { channelId, userId: cem.id, role: 'OWNER' })).toBe('done')
    expect(await ends(admin, 'removeMember', { channelId, userId: bob.id })).toBe('done')
    expect(await present(cem, channelId)).toEqual(['cem: OWNER'])
  })

  it('who is the last one archives the channel', async () => {
    const channelId = await open({ owners: [ada] })
    expect(await ends(admin, 'removeMember', { channelId, userId: ada.id })).toBe('done')
    expect(await see(ada, channelId, 'memberCount archivedAt')).toEqual({ memberCount: 0, archivedAt: expect.any(String) })
  })
})

describe('roles', () => {
  const shown = 'membership { version role user { handle } notificationLevel }'

  it('are handed out by owners, and said', async () => {
    const channelId = await group({ owners: [ada], moderators: [bob], members: [cem] })
    const make = (userId: string, role: string) => act(ada, 'setMemberRole', { channelId, userId, role }, shown)
    expect(await make(cem.id, 'MODERATOR')).toMatchObject({
      membership: { version: 2, role: 'MODERATOR', user: { handle: 'cem' }, notificationLevel: null },
    })
    await make(bob.id, 'MEMBER')
    await make(cem.id, 'OWNER')
    await make(ada.id, 'MODERATOR')
    expect(await present(cem, channelId)).toEqual(['ada: MODERATOR', 'bob: MEMBER', 'cem: OWNER'])
    expect(await conversation(cem, channelId)).toEqual([
      '* Ada made Cem a moderator.',
      '* Ada made Bob a member.',
      '* Ada made Cem an owner.',
      '* Ada made Ada a moderator.',
    ])
    expect(await ends(ada, 'setMemberRole', { channelId, userId: ada.id, role: 'OWNER' })).toBe('FORBIDDEN')
  })

  it('that someone has change nothing', async () => {
    const channelId = await group({ owners: [ada], members: [cem] })
    expect(await act(ada, 'setMemberRole', { channelId, userId: ada.id, role: 'OWNER' }, shown)).toMatchObject({
      membership: { version: 1 },
    })
    expect(await act(ada, 'setMemberRole', { channelId, userId: cem.id, role: 'MEMBER' }, shown)).toMatchObject({
      membership: { version: 1 },
    })
    expect(await conversation(ada, channelId)).toEqual([])
  })

  it('leave an owner in place, and are for members', async () => {
    const channelId = await open({ owners: [ada], members: [cem], former: [bob] })
    for (const person of [ada, admin])
      expect(await ends(person, 'setMemberRole', { channelId, userId: ada.id, role: 'MEMBER' })).toBe('CONFLICT')
    for (const { id } of [bob, dan]) expect(await ends(ada, 'setMemberRole', { channelId, userId: id, role: 'OWNER' })).toBe('NOT_FOUND')
    expect(await present(ada, channelId)).toEqual(['ada: OWNER', 'cem: MEMBER'])
  })
})

describe('one’s own settings', () => {
  const shown = 'membership { version notificationLevel mutedUntil }'

  it('change as far as they are given', async () => {
    const channelId = await group({ owners: [ada], members: [bob] })
    const choose = async (choice: object) => (await act(bob, 'updateMembership', { channelId, ...choice }, shown)).membership
    expect(await choose({ notificationLevel: 'MENTIONS' })).toEqual({ version: 2, notificationLevel: 'MENTIONS', mutedUntil: null })
    const mutedUntil = '2100-01-01T00:00:00.000Z'
    expect(await choose({ mutedUntil })).toEqual({ version: 3, notificationLevel: 'MENTIONS', mutedUntil })
    for (const same of [{}, { notificationLevel: null }, { mutedUntil }])
      expect(await choose(same)).toEqual({ version: 3, notificationLevel: 'MENTIONS', mutedUntil })
    expect(await choose({ mutedUntil: null, notificationLevel: 'NONE' })).toEqual({
      version: 4,
      notificationLevel: 'NONE',
      mutedUntil: null,
    })
  })

  it.each([
    ['2096-02-29T23:59:59.5+02:00', '2096-02-29T21:59:59.500Z'],
    ['2100-02-29T00:00:00Z', 'BAD_REQUEST'],
    ['2100-04-31T00:00:00Z', 'BAD_REQUEST'],
    ['2100-01-01', 'BAD_REQUEST'],
  ])('understand %s as %s: no day of the next month where the calendar has none', async (typed, outcome) => {
    const channelId = await group({ owners: [ada], members: [bob] })
    const { data, errors } = await bob.client.send<{ updateMembership: { membership: { mutedUntil: string } } }>(
      'mutation ($input: UpdateMembershipInput!) { updateMembership(input: $input) { ... on UpdateMembershipPayload { membership { mutedUntil } } } }',
      { input: { channelId, mutedUntil: typed } },
    )
    expect(data?.updateMembership.membership.mutedUntil ?? errors?.[0]?.extensions.code).toBe(outcome)
  })

  it('are nobody else’s to see', async () => {
    const channelId = await group({ owners: [ada], members: [bob] })
    await act(bob, 'updateMembership', { channelId, notificationLevel: 'NONE', mutedUntil: '2100-01-01T00:00:00Z' })
    const seen = await see(
      ada,
      channelId,
      'members { edges { node { user { handle } notificationLevel mutedUntil unread { messages } } } }',
    )
    expect(seen).toEqual({
      members: {
        edges: [
          { node: { user: { handle: 'ada' }, notificationLevel: 'ALL', mutedUntil: null, unread: { messages: 0 } } },
          { node: { user: { handle: 'bob' }, notificationLevel: null, mutedUntil: null, unread: null } },
        ],
      },
    })
  })

  it('mute for a time that lies ahead', async () => {
    const channelId = await group({ owners: [ada] })
    for (const mutedUntil of ['2020-01-01T00:00:00Z', '0000-01-01T00:00:00Z'])
      expect((await mutate(ada.client, 'updateMembership', { channelId, mutedUntil })).issues).toMatchObject([{ path: 'input.mutedUntil' }])
    expect(await own(ada, channelId)).toMatchObject({ version: 1, mutedUntil: null })
  })
})

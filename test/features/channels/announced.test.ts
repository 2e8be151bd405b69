import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { act, type Announced, ends, listenTo } from '../../support/channels.ts'
import type { Person } from '../../support/people.ts'
import { keyOf, type SeededChannel, seedGroup, seedMessages, seedPerson } from '../../support/seed.ts'
import { createWorld, type World } from '../../support/world.ts'

// What others hear of a change, once it is committed: the rows as they are then, whose versions say which is the newest.

let world: World
let heard: Announced[]
let [ada, bob]: Person[] = []
let group: SeededChannel
beforeAll(async () => {
  world = await createWorld()
  heard = listenTo(world)
})
beforeEach(async () => {
  ada = await seedPerson(world, { displayName: 'Ada' })
  bob = await seedPerson(world, { displayName: 'Bob' })
  group = await seedGroup(world, { name: 'Tea', topic: 'Leaves', owners: [ada] })
  await seedMessages(world, group, [[ada, 'One']])
  heard.length = 0
})
afterAll(() => world.stop())

/** What was heard of something, by topic; and its rows are those that are stored. */
async function after(person: Person, field: string, input: object = {}): Promise<Record<string, object[]>> {
  heard.length = 0
  await act(person, field, { channelId: group.id, ...input })
  const events = structuredClone(heard)
  await expectStored(events)
  const names = { [`channel.${group.key}`]: 'channel', [`person.${keyOf(ada!.id)}`]: 'ada', [`person.${keyOf(bob!.id)}`]: 'bob' }
  return Object.fromEntries(Map.groupBy(events, ({ topic }) => names[topic] ?? topic))
}

/** Every row that was announced is, to the column, what the database holds. */
async function expectStored(events: Announced[]): Promise<void> {
  for (const event of events) expect(await stored(event)).toMatchObject(rowOf(event) ?? {})
}

type Row = { id: string; channelId: string; userId: string; seq: number }
const rowOf = ({ message, membership, channel, notification }: Announced) =>
  (message ?? membership ?? channel ?? notification) as Row | undefined

function stored(event: Announced): Promise<object | null> {
  const { prisma } = world.app.database
  const { id, channelId, userId, seq }: Partial<Row> = rowOf(event) ?? { id: event.channelId as string }
  if (event.message) return prisma.message.findUnique({ where: { channelId_seq: { channelId: channelId!, seq: seq! } } })
  if (event.membership) return prisma.membership.findUnique({ where: { channelId_userId: { channelId: channelId!, userId: userId! } } })
  if (event.notification) return prisma.notification.findUnique({ where: { id } })
  return prisma.channel.findUnique({ where: { id } })
}

const said = (text: string) => ({ type: 'MessageAdded', message: expect.objectContaining({ kind: 'SYSTEM', text }), mentionIds: [] })
const changed = (changes: object) => ({ type: 'ChannelChanged', channel: expect.objectContaining({ id: group.key, ...changes }) })
const seat = (person: Person | undefined, changes: object) => ({
  type: 'MembershipChanged',
  membership: expect.objectContaining({ userId: keyOf(person!.id), ...changes }),
})
const notified = {
  type: 'NotificationAdded',
  notification: expect.objectContaining({ kind: 'ADDED_TO_CHANNEL', version: 1, readAt: null }),
}
const left = (person: Person | undefined, version: number) => ({
  type: 'MemberLeft',
  membership: expect.objectContaining({ userId: keyOf(person!.id), version, leftAt: expect.any(Date) }),
})

describe('is announced with its rows, to the channel and to whom it concerns:', () => {
  it('a new name, a new topic, archiving, bringing back, the end', async () => {
    expect(await after(ada!, 'updateChannel', { name: 'Coffee' })).toMatchObject({
      channel: [said('Ada renamed the channel to «Coffee».'), changed({ name: 'Coffee', version: 2, lastSeq: 2 })],
    })
    expect(await after(ada!, 'updateChannel', { topic: 'Beans' })).toMatchObject({ channel: [changed({ topic: 'Beans', version: 3 })] })
    expect(await after(ada!, 'archiveChannel', { archived: true })).toMatchObject({
      channel: [changed({ version: 4, archivedAt: expect.any(Date) })],
    })
    expect(await after(ada!, 'archiveChannel', { archived: false })).toMatchObject({ channel: [changed({ version: 5, archivedAt: null })] })
    expect(await after(ada!, 'deleteChannel')).toMatchObject({ channel: [{ type: 'ChannelDeleted', channelId: group.key, version: 6 }] })
  })

  it('coming, another role, one’s own settings, going, coming back', async () => {
    const userIds = [bob!.id]
    const added = (version: number) => ({
      channel: [said('Ada added Bob.'), seat(bob, { version, role: 'MEMBER', leftAt: null })],
      bob: [seat(bob, { version, role: 'MEMBER', leftAt: null }), notified],
    })
    expect(await after(ada!, 'addMembers', { userIds })).toMatchObject(added(1))
    expect(await after(ada!, 'setMemberRole', { userId: bob!.id, role: 'MODERATOR' })).toMatchObject({
      channel: [said('Ada made Bob a moderator.'), seat(bob, { version: 2, role: 'MODERATOR' })],
    })
    expect(await after(bob!, 'updateMembership', { notificationLevel: 'NONE' })).toMatchObject({
      channel: [seat(bob, { version: 3, notificationLevel: 'NONE' })],
    })
    expect(await after(bob!, 'leaveChannel')).toMatchObject({ channel: [left(bob, 4), said('Bob left.')], bob: [left(bob, 4)] })
    expect(await after(ada!, 'addMembers', { userIds })).toMatchObject(added(5))
    expect(await after(ada!, 'removeMember', { userId: bob!.id })).toMatchObject({
      channel: [left(bob, 6), said('Ada removed Bob.')],
      bob: [left(bob, 6)],
    })
  })

  it('the last one’s going, and what becomes of the channel', async () => {
    expect(await after(ada!, 'leaveChannel')).toMatchObject({
      channel: [left(ada, 2), said('Ada left.'), changed({ version: 2, memberCount: 0, archivedAt: expect.any(Date) })],
      ada: [left(ada, 2)],
    })
  })

  it('a new channel, to each who is in it', async () => {
    await act(ada!, 'createChannel', { kind: 'GROUP', name: 'New', memberIds: [bob!.id] })
    const people = heard.filter(({ topic, type }) => topic.startsWith('person.') && type !== 'NotificationAdded')
    expect(people.map(({ topic }) => topic).toSorted()).toEqual([ada, bob].map((person) => `person.${keyOf(person!.id)}`).toSorted())
    await expectStored(heard)
    heard.length = 0
    await act(bob!, 'openDirectChannel', { userId: ada!.id })
    expect(heard.filter(({ topic }) => topic.startsWith('person.'))).toHaveLength(2)
    await expectStored(heard)
  })
})

describe('is announced to nobody:', () => {
  it('what changes nothing', async () => {
    const { id } = group
    await act(ada!, 'openDirectChannel', { userId: bob!.id })
    heard.length = 0
    const same: [Person, string, object][] = [
      [ada!, 'updateChannel', { channelId: id, name: 'Tea', topic: 'Leaves' }],
      [ada!, 'updateChannel', { channelId: id }],
      [ada!, 'archiveChannel', { channelId: id, archived: false }],
      [ada!, 'joinChannel', { channelId: id }],
      [ada!, 'addMembers', { channelId: id, userIds: [ada!.id] }],
      [ada!, 'setMemberRole', { channelId: id, userId: ada!.id, role: 'OWNER' }],
      [ada!, 'updateMembership', { channelId: id, notificationLevel: 'ALL', mutedUntil: null }],
      [ada!, 'updateMembership', { channelId: id }],
      [bob!, 'openDirectChannel', { userId: ada!.id }],
    ]
    for (const [person, field, input] of same) await act(person, field, input)
    expect(heard).toEqual([])
  })

  it('what is refused', async () => {
    const { id } = group
    const refused: [Person, string, object][] = [
      [ada!, 'leaveChannel', { channelId: 'broken' }],
      [ada!, 'removeMember', { channelId: id, userId: bob!.id }],
      [ada!, 'addMembers', { channelId: id, userIds: [bob!.id, 'broken'] }],
      [ada!, 'createChannel', { kind: 'GROUP', name: 'New', memberIds: [bob!.id, 'broken'] }],
      [ada!, 'setMemberRole', { channelId: id, userId: ada!.id, role: 'MEMBER' }],
      [ada!, 'updateChannel', { channelId: id, name: '' }],
      [bob!, 'updateChannel', { channelId: id, name: 'Ours' }],
    ]
    for (const [person, field, input] of refused) expect(await ends(person, field, input)).not.toBe('done')
    expect(heard).toEqual([])
  })
})

describe('the version of a channel', () => {
  it('counts what it shows of itself, not what is said in it, nor who comes and goes', async () => {
    const state = async () => {
      const { rows } = await world.app.database.pool.query<{ version: number; changed: string; last_seq: number; member_count: number }>(
        'SELECT version, changed, last_seq, member_count FROM channels WHERE id = $1',
        [group.key],
      )
      return rows[0]!
    }
    const { version, changed } = await state()
    await act(ada!, 'sendMessage', { channelId: group.id, text: 'Two' })
    await act(ada!, 'addMembers', { channelId: group.id, userIds: [bob!.id] })
    await act(bob!, 'leaveChannel', { channelId: group.id })
    expect(await state()).toEqual({ version, changed, last_seq: 4, member_count: 1 })
    await act(ada!, 'updateChannel', { channelId: group.id, topic: 'Beans' })
    const now = await state()
    expect(now).toMatchObject({ version: version + 1 })
    expect(BigInt(now.changed)).toBeGreaterThan(BigInt(changed))
  })

  it('of a membership counts through leaving and coming back, each time with its transaction', async () => {
    const state = async () => {
      const { rows } = await world.app.database.pool.query<{ version: number; changed: string }>(
        'SELECT version, changed FROM memberships WHERE channel_id = $1 AND user_id = $2',
        [group.key, keyOf(bob!.id)],
      )
      return rows[0]!
    }
    const channelId = group.id
    const changes: [Person, string, object][] = [
      [ada!, 'addMembers', { channelId, userIds: [bob!.id] }],
      [ada!, 'setMemberRole', { channelId, userId: bob!.id, role: 'MODERATOR' }],
      [bob!, 'updateMembership', { channelId, mutedUntil: '2100-01-01T00:00:00Z' }],
      [bob!, 'markUnread', { channelId, fromSeq: 1 }],
      [bob!, 'leaveChannel', { channelId }],
      [ada!, 'addMembers', { channelId, userIds: [bob!.id] }],
    ]
    let last = 0n
    for (const [index, [person, field, input]] of changes.entries()) {
      await act(person, field, input)
      const { version, changed } = await state()
      expect([field, version]).toEqual([field, index + 1])
      expect(BigInt(changed)).toBeGreaterThan(last)
      last = BigInt(changed)
    }
  })
})

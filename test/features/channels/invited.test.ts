import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Announced, act, conversation, listenTo, present, see } from '../../support/channels.ts'
import { createClient } from '../../support/client.ts'
import { mutate, type Person, password, personOf, query, tokenIn } from '../../support/people.ts'
import { seedDirect, seedGroup, seedMessages, seedPerson, seedPublic } from '../../support/seed.ts'
import { createWorld, type World } from '../../support/world.ts'

// Someone is invited to the server, and into channels at once.

let world: World
let heard: Announced[]
let ada: Person
let bob: Person
beforeAll(async () => {
  world = await createWorld()
  heard = listenTo(world)
  ada = await seedPerson(world, { handle: 'ada', displayName: 'Ada' })
  bob = await seedPerson(world, { handle: 'bob', displayName: 'Bob' })
})
afterAll(() => world.stop())

const invite = (email: string, channelIds: string[], as = ada) =>
  mutate(as.client, 'invitePerson', { email, displayName: 'Zoe', channelIds }, 'user { id handle }')

/** Who was invited, with the link that was mailed. */
async function arrive(email: string): Promise<Person> {
  const { token, viewer } = await mutate(
    createClient(world.url),
    'resetPassword',
    { token: tokenIn(await world.mailTo(email)), password },
    'token viewer { user { id handle } }',
  )
  const { user } = viewer as { user: { id: string; handle: string } }
  return personOf(world, { ...user, email, password, token: String(token) })
}

it('they are in each channel, once, from now on in a group, and it is said and announced', async () => {
  const group = await seedGroup(world, { name: 'Tea', owners: [bob], moderators: [ada] })
  const open = await seedPublic(world, { name: 'News', owners: [ada] })
  for (const channel of [group, open]) await seedMessages(world, channel, [[ada, 'Before']])
  heard.length = 0
  expect(await invite('zoe@example.com', [group.id, open.id, group.id])).toMatchObject({ user: { handle: 'zoe' } })

  for (const [{ key }, level] of [
    [group, 'ALL'],
    [open, 'MENTIONS'],
  ] as const)
    expect(heard.filter(({ topic }) => topic === `channel.${key}`)).toMatchObject([
      { type: 'MessageAdded', message: { seq: 2, kind: 'SYSTEM', text: 'Ada added Zoe.' } },
      { type: 'MembershipChanged', membership: { role: 'MEMBER', notificationLevel: level, version: 1 } },
    ])
  expect(heard.filter(({ topic }) => topic.startsWith('person.')).map(({ type }) => type)).toEqual([
    'MembershipChanged',
    'NotificationAdded',
    'MembershipChanged',
    'NotificationAdded',
  ])
  expect(await present(bob, group.id)).toEqual(['bob: OWNER', 'ada: MODERATOR', 'zoe: MEMBER'])

  const zoe = await arrive('zoe@example.com')
  expect(await conversation(zoe, group.id)).toEqual(['* Ada added Zoe.'])
  expect(await conversation(zoe, open.id)).toEqual(['Before', '* Ada added Zoe.'])
  expect(await see(zoe, group.id, 'membership { receipt { readSeq deliveredSeq } unread { messages } }')).toEqual({
    membership: { receipt: { readSeq: 2, deliveredSeq: 2 }, unread: { messages: 0 } },
  })
})

it('a channel that the inviter may not add to refuses as addMembers does; then nobody is made, mailed, or told', async () => {
  const open = await seedPublic(world, { owners: [ada] })
  const refusing = [
    ['NOT_FOUND', 'broken'],
    ['NOT_FOUND', bob.id],
    ['NOT_FOUND', (await seedGroup(world, { owners: [bob] })).id],
    ['NOT_FOUND', (await seedGroup(world, { owners: [bob], former: [ada] })).id],
    ['FORBIDDEN', (await seedGroup(world, { owners: [bob], members: [ada] })).id],
    ['FORBIDDEN', (await seedPublic(world, { owners: [bob], members: [ada] })).id],
    ['FORBIDDEN', (await seedPublic(world, { owners: [bob] })).id],
    ['FORBIDDEN', (await seedDirect(world, ada, bob)).id],
    ['CONFLICT', (await seedGroup(world, { owners: [ada], archived: true })).id],
  ] as const
  heard.length = 0
  for (const [code, id] of refusing) {
    for (const ids of [[id], [open.id, id], [id, open.id]]) {
      const refused = await invite('nobody@example.com', ids)
      expect([code, refused.code]).toEqual([code, code])
      expect(refused.reason!.startsWith(`input.channelIds.${ids.indexOf(id)}: `)).toBe(code === 'NOT_FOUND')
    }
    expect((await mutate(ada.client, 'addMembers', { channelId: id, userIds: [ada.id] })).code).toBe(code)
  }
  expect(await query(ada.client, '{ user(handle: "nobody") { id } }')).toEqual({ user: null })
  expect(await world.mailTo('nobody@example.com')).toBeUndefined()
  expect(heard).toEqual([])
  expect(await present(ada, open.id)).toEqual(['ada: OWNER'])
  expect(await invite('nobody@example.com', [open.id])).toMatchObject({ user: { handle: 'nobody' } })
})

it('where there is an account already, nobody is added anywhere', async () => {
  const { id } = await seedGroup(world, { owners: [ada] })
  expect(await invite(bob.email, [id])).toMatchObject({ code: 'CONFLICT' })
  expect(await present(ada, id)).toEqual(['ada: OWNER'])
})

it('administrators invite into every public channel', async () => {
  const admin = await seedPerson(world, { role: 'ADMIN', displayName: 'Admin' })
  const { id } = await seedPublic(world, { owners: [bob] })
  expect(await invite('yan@example.com', [id], admin)).toMatchObject({ user: { handle: 'yan' } })
  expect(await conversation(bob, id)).toEqual(['* Admin added Zoe.'])
})

it('up to a hundred channels at once', async () => {
  const channels = await Promise.all(Array.from({ length: 101 }, () => seedGroup(world, { owners: [ada] })))
  const ids = channels.map(({ id }) => id)
  expect((await invite('many@example.com', ids)).issues).toMatchObject([{ path: 'input.channelIds' }])
  await act(ada, 'invitePerson', { email: 'many@example.com', channelIds: ids.slice(1) })
  const many = await arrive('many@example.com')
  expect(await query(many.client, '{ viewer { channels(first: 100) { edges { node { id } } pageInfo { hasNextPage } } } }')).toMatchObject({
    viewer: { channels: { edges: { length: 100 }, pageInfo: { hasNextPage: false } } },
  })
})

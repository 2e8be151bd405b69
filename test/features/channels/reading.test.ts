import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Person, query } from '../../support/people.ts'
import { seedCrowd, seedDirect, seedGroup, seedMessages, seedPerson, seedPublic } from '../../support/seed.ts'
import { createWorld, type World } from '../../support/world.ts'

// What reading costs: as many statements for many rows as for few.

let world: World
let grace: Person
beforeAll(async () => {
  world = await createWorld()
  grace = await seedPerson(world)
})
afterAll(() => world.stop())

/** Someone in so many channels of all kinds, in each of them something unread, of somebody else. */
async function busy(channels: number): Promise<Person> {
  const ada = await seedPerson(world)
  for (let n = 0; n < channels; n++) {
    const peer = await seedPerson(world)
    const seed = [
      () => seedDirect(world, ada, peer),
      () => seedGroup(world, { owners: [grace], moderators: [peer], members: [ada] }),
      () => seedPublic(world, { owners: [peer], members: [grace, ada] }),
    ]
    const channel = await seed[n % seed.length]!()
    await seedMessages(world, channel, [
      [ada, 'Hello'],
      [peer, 'Hello, hello'],
    ])
  }
  return ada
}

/** All that a document costs, and of what kinds that is: fields that ask for people at one moment share a statement, or don't. */
async function costOf(person: Person, document: string) {
  // Once before: what is asked for the first time only isn't counted.
  await query(person.client, document)
  const { result, statements } = await world.statements(() => query(person.client, document))
  const kinds = new Set(statements.map((text) => text.replaceAll(/\$\d+(,\$\d+)*/g, '$')))
  return { data: result, statements, kinds }
}

type Listed = {
  viewer: {
    channels: {
      edges: { node: { members: { edges: unknown[] }; lastMessage: object; membership: object; kind: string; peer: object | null } }[]
    }
  }
}

const start = `{ viewer { channels(first: 50) { pageInfo { hasNextPage } edges { node {
  id kind name topic memberCount lastSeq archivedAt peer { handle }
  lastMessage { seq text sender { handle } }
  membership { role notificationLevel mutedUntil unread { messages mentions firstUnreadSeq } }
  members(first: 3) { totalCount edges { node { role user { handle } } } }
} } } } }`

describe('the first page of one’s channels', () => {
  it('with the last message and its sender, what is unread, the other person, and three members, costs at most 12 statements', async () => {
    const few = await costOf(await busy(5), start)
    const many = await costOf(await busy(50), start)
    const { edges } = (many.data as Listed).viewer.channels
    expect(edges).toHaveLength(50)
    for (const { node } of edges)
      expect(node).toMatchObject({
        lastMessage: { seq: 2, text: 'Hello, hello', sender: { handle: expect.any(String) } },
        membership: { unread: { messages: 1, mentions: 0, firstUnreadSeq: 2 } },
        members: { edges: { length: node.kind === 'DIRECT' ? 2 : 3 } },
      })
    expect(edges.filter(({ node }) => node.peer !== null)).toHaveLength(17)
    expect(many.statements.slice(12)).toEqual([])
    expect(many.kinds).toEqual(few.kinds)
  })

  it('costs no more with members looked for by role and name, and counted', async () => {
    const document = `{ viewer { channels(first: 50) { edges { node {
      lead: members(first: 2, roles: [OWNER, MODERATOR]) { totalCount edges { node { user { handle } } } }
      named: members(first: 2, search: "p") { totalCount edges { node { receipt { readSeq } } } }
    } } } } }`
    const few = await costOf(await busy(5), document)
    const many = await costOf(await busy(50), document)
    expect(many.kinds).toEqual(few.kinds)
    expect(many.statements.slice(12)).toEqual([])
  })

  it('costs no more where only what is unread is asked for, or only some kinds', async () => {
    for (const args of ['unreadOnly: true', 'kinds: [DIRECT, GROUP]', 'archived: false']) {
      const document = `{ viewer { channels(first: 50, ${args}) { edges { node { id membership { unread { messages } } } } } } }`
      const [few, many] = [await costOf(await busy(5), document), await costOf(await busy(50), document)]
      expect(many.kinds).toEqual(few.kinds)
      expect(many.statements.slice(12)).toEqual([])
    }
  })
})

describe('the front pages of public channels', () => {
  it('cost as much for many as for few', async () => {
    const document = `{ publicChannels(first: PAGE) { edges { node {
      name topic memberCount membership { role } lastMessage { text sender { handle } } members(first: 2) { edges { node { user { handle } } } }
    } } } }`
    const reader = await seedPerson(world)
    const few = await costOf(reader, document.replace('PAGE', '3'))
    const many = await costOf(reader, document.replace('PAGE', '50'))
    expect(many.kinds).toEqual(few.kinds)
    expect(many.statements.slice(8)).toEqual([])
  })
})

describe('one channel', () => {
  it('with a hundred members costs as much as with three', async () => {
    const ada = await seedPerson(world)
    const costs = []
    for (const size of [2, 99]) {
      const channel = await seedGroup(world, { owners: [ada] })
      await seedCrowd(world, channel, size)
      const document = `{ channel(id: "${channel.id}") { name membership { role } members(first: 100) { totalCount edges { node {
        role user { handle } receipt { readSeq } channel { name } } } } } }`
      const { data, statements } = await costOf(ada, document)
      expect(data).toMatchObject({ channel: { members: { edges: { length: size + 1 } } } })
      costs.push(statements.length)
    }
    expect(costs[1]).toBe(costs[0])
    expect(costs[0]).toBeLessThanOrEqual(7)
  })

  it('by its id and by its node id, and many memberships by theirs', async () => {
    const ada = await seedPerson(world)
    const channels = await Promise.all(Array.from({ length: 20 }, () => seedGroup(world, { owners: [ada], members: [grace] })))
    const membershipOf = (key: string, { id }: Person) =>
      Buffer.from(`Membership:${key}:${Buffer.from(id, 'base64url').toString().slice(5)}`).toString('base64url')
    const costs = []
    for (const some of [channels.slice(0, 2), channels]) {
      const ids = some.flatMap(({ id, key }) => [id, membershipOf(key, grace)])
      const document = `{ nodes(ids: ${JSON.stringify(ids)}) { ... on Channel { name membership { role } } ... on Membership { role channel { name } user { handle } } } }`
      const { data, statements } = await costOf(ada, document)
      expect(data.nodes).not.toContain(null)
      costs.push(statements.length)
    }
    expect(costs[1]).toBe(costs[0])
  })
})

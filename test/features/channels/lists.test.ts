import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { act, channelsOf, see } from '../../support/channels.ts'
import { type Person, query } from '../../support/people.ts'
import { type SeededChannel, seedDirect, seedGroup, seedMessages, seedPerson, seedPublic } from '../../support/seed.ts'
import { send } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world, { handle: 'ada', displayName: 'Ada Lovelace' })
})
afterAll(() => world.stop())

type Connection<Node> = {
  edges: { cursor: string; node: Node }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}
type Ask<Node> = (args: string) => Promise<Connection<Node>>

const paged = (fields: string) => `edges { cursor node { ${fields} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`

/** Every page of a list in both directions, three at a time. */
async function everyPage<Node>(ask: Ask<Node>): Promise<[forward: Node[], backward: Node[]]> {
  const forward: Node[] = []
  for (let after = ''; ; ) {
    const { edges, pageInfo } = await ask(`first: 3${after}`)
    forward.push(...edges.map(({ node }) => node))
    expect(pageInfo).toMatchObject({ hasPreviousPage: after !== '', startCursor: edges[0]?.cursor, endCursor: edges.at(-1)?.cursor })
    if (!pageInfo.hasNextPage) break
    after = `, after: "${pageInfo.endCursor}"`
  }
  const backward: Node[] = []
  for (let before = ''; ; ) {
    const { edges, pageInfo } = await ask(`last: 3${before}`)
    backward.unshift(...edges.map(({ node }) => node))
    expect(pageInfo.hasNextPage).toBe(before !== '')
    if (!pageInfo.hasPreviousPage) break
    before = `, before: "${pageInfo.startCursor}"`
  }
  return [forward, backward]
}

const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
const key = '019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a'
const brokenCursors = [
  ...['broken', cursorOf(), cursorOf(1), cursorOf(1, 'x'), cursorOf('1', key), cursorOf(-1, key), cursorOf(1e15, key)],
  ...[cursorOf(0.5, key), cursorOf(null, key), cursorOf([], key), cursorOf({}, key), cursorOf(1, key.toUpperCase()), cursorOf(1, [key])],
]

/** What is wrong with the arguments of a list, as the paths of its issues. */
async function wrong(person: Person, document: string, args: string): Promise<string[]> {
  const { errors } = await person.client.send(document.replace('ARGS', args))
  expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  return (errors![0]!.extensions.issues as { path: string }[]).map(({ path }) => path)
}

describe('one’s channels', () => {
  const viewers = '{ viewer { channels(ARGS) { edges { node { id } } } } }'
  const mine =
    (person: Person, more = ''): Ask<{ id: string }> =>
    async (args) => {
      type Seen = { viewer: { channels: Connection<{ id: string }> } }
      return (await query<Seen>(person.client, `{ viewer { channels(${args}${more}) { ${paged('id')} } } }`)).viewer.channels
    }
  const ids = (channels: SeededChannel[]) => channels.map(({ id }) => ({ id }))

  it('come the most recently active first, page by page in both directions, in one order where they were active at once', async () => {
    const bea = await seedPerson(world)
    const channels: SeededChannel[] = []
    for (let n = 0; n < 8; n++) channels.push(await seedGroup(world, { owners: [bea] }))
    // The first five at once, the others one after the other.
    await world.app.database.pool.query(
      `UPDATE channels SET last_active_at = '2026-01-01T00:00:00.123Z'::timestamptz + greatest(0, place - 5) * interval '1 ms'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS made(id, place) WHERE channels.id = made.id`,
      [channels.map(({ key }) => key)],
    )
    const newest = channels.slice(5).toReversed()
    const equal = channels.slice(0, 5).toSorted((one, other) => (one.key < other.key ? 1 : -1))
    const expected = ids([...newest, ...equal])
    expect(await everyPage(mine(bea))).toEqual([expected, expected])
    expect((await mine(bea)('first: 0')).edges).toEqual([])
    expect((await mine(bea)('first: 100')).edges).toHaveLength(8)

    await send(bea, equal[2]!.id, 'Hello')
    expect(await channelsOf(bea, 'first: 1')).toEqual([equal[2]!.id])
    await act(bea, 'updateMembership', { channelId: equal[4]!.id, notificationLevel: 'NONE' })
    await act(bea, 'updateChannel', { channelId: equal[4]!.id, topic: 'Quiet' })
    expect(await channelsOf(bea, 'first: 1')).toEqual([equal[2]!.id])
  })

  it('can be asked for by kind, by what is unread, and by what is archived', async () => {
    const bea = await seedPerson(world)
    const group = await seedGroup(world, { owners: [bea], members: [ada] })
    const open = await seedPublic(world, { owners: [ada], members: [bea] })
    const direct = await seedDirect(world, bea, ada)
    const away = await seedGroup(world, { owners: [bea], members: [ada], archived: true })
    const left = await seedGroup(world, { owners: [ada], former: [bea] })
    const other = await seedPublic(world, { owners: [ada] })
    for (const channel of [group, direct, away, left, other]) await seedMessages(world, channel, [[ada, 'Hello']])
    await seedMessages(world, open, [[bea, 'My own']])
    const listed = async (args: string, ...expected: SeededChannel[]) =>
      expect((await channelsOf(bea, args)).toSorted()).toEqual(expected.map(({ id }) => id).toSorted())
    await listed('', group, open, direct)
    await listed('archived: false', group, open, direct)
    await listed('archived: true', away)
    await listed('kinds: [GROUP]', group)
    await listed('kinds: [DIRECT, PUBLIC]', open, direct)
    await listed('kinds: []')
    await listed('kinds: null, unreadOnly: null, archived: null', group, open, direct)
    await listed('unreadOnly: true', group, direct)
    await listed('unreadOnly: true, kinds: [PUBLIC, DIRECT]', direct)
    await listed('unreadOnly: true, archived: true', away)
    await act(bea, 'markRead', { channelId: group.id, seq: 1 })
    await listed('unreadOnly: true', direct)
    await act(bea, 'markUnread', { channelId: group.id, fromSeq: 1 })
    await listed('unreadOnly: true', group, direct)
    expect(await everyPage(mine(bea, ', unreadOnly: true'))).toEqual([ids([direct, group]), ids([direct, group])])
  })

  it('are refused with all that is wrong', async () => {
    for (const cursor of brokenCursors) expect(await wrong(ada, viewers, `after: "${cursor}"`)).toEqual(['after'])
    expect(await wrong(ada, viewers, 'first: 101, last: -1, after: "x", before: "y"')).toEqual(['first', 'last', 'after', 'before', 'last'])
  })
})

describe('public channels', () => {
  const names = ['ärger', 'Alpha', 'alpha', 'ALPHA', 'Beta test', 'İstanbul', 'istanbul', 'ΟΔΟΣ', 'οδος', '100 %', 'a_b', 'C:\\', 'Zeta 😀']
  let reader: Person
  beforeAll(async () => {
    reader = await seedPerson(world)
    await world.app.database.pool.query(`UPDATE channels SET deleted_at = now() WHERE kind = 'PUBLIC'`)
    for (const name of names) await seedPublic(world, { name, owners: [ada] })
    await seedPublic(world, { name: 'Alpha archived', archived: true, owners: [ada] })
    await seedGroup(world, { name: 'Alpha hidden', owners: [ada] })
  })

  const listed =
    (more = ''): Ask<{ id: string; name: string }> =>
    async (args) =>
      (
        await query<{ publicChannels: Connection<{ id: string; name: string }> }>(
          reader.client,
          `{ publicChannels(${args}${more}) { ${paged('id name')} } }`,
        )
      ).publicChannels
  const found = async (search: string) =>
    (await listed(`, search: ${JSON.stringify(search)}`)('first: 100')).edges.map(({ node }) => node.name).toSorted()

  it('are listed by name, whatever its case, each once, page by page in both directions', async () => {
    const [forward, backward] = await everyPage(listed())
    expect(backward).toEqual(forward)
    expect(forward.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
    const { rows } = await world.app.database.pool.query<{ listed: string[]; sorted: string[] }>(
      'SELECT array_agg(lower(name) ORDER BY place) AS listed, array_agg(lower(name) ORDER BY lower(name)) AS sorted FROM unnest($1::text[]) WITH ORDINALITY AS n(name, place)',
      [forward.map(({ name }) => name)],
    )
    expect(rows[0]!.listed).toEqual(rows[0]!.sorted)
  })

  it.each([
    ['alp', ['ALPHA', 'Alpha', 'alpha']],
    ['TEST', ['Beta test']],
    ['est', []],
    ['beta t', ['Beta test']],
    ['%', ['100 %']],
    ['_', []],
    ['a_', ['a_b']],
    ['c:\\', ['C:\\']],
    ['\\', []],
    ['ÄR', ['ärger']],
    ['😀', ['Zeta 😀']],
    ['archived', []],
    ['hidden', []],
    ['', names.toSorted()],
    ['  ', names.toSorted()],
  ])('are found by %j', async (search, expected) => {
    expect(await found(search)).toEqual(expected)
  })

  it('are paged by what was searched for', async () => {
    const [forward, backward] = await everyPage(listed(', search: "a"'))
    expect(forward.map(({ name }) => name.toLowerCase())).toEqual(['a_b', 'alpha', 'alpha', 'alpha'])
    expect(backward).toEqual(forward)
  })

  it('are refused with all that is wrong', async () => {
    const document = '{ publicChannels(ARGS) { edges { node { id } } } }'
    for (const cursor of ['broken', cursorOf('a'), cursorOf(1, key), cursorOf('a\0', key), cursorOf('a', 'x')])
      expect(await wrong(reader, document, `before: "${cursor}"`)).toEqual(['before'])
    expect(await wrong(reader, document, `search: "${'x'.repeat(81)}", first: 101, last: 1, after: "x"`)).toEqual([
      'search',
      'first',
      'after',
      'last',
    ])
    expect(await wrong(reader, document, 'search: "a\\u0000"')).toEqual(['search'])
  })
})

describe('members', () => {
  let channel: SeededChannel
  const everyone = ['ada', 'grace', 'mod', 'hop_along', 'zoe', 'percent', 'hopper', 'member8']
  beforeAll(async () => {
    const [grace, mod, ...members] = await Promise.all(
      (
        [
          ['grace', 'Grace Hopper'],
          ['mod', 'Modesty'],
          ['hop_along', 'William Boyd'],
          ['zoe', 'Zoë Ångström'],
          ['percent', '100% Hop'],
          ['hopper', 'Edward'],
          ['member8', 'Number Eight'],
        ] as const
      ).map(([handle, displayName]) => seedPerson(world, { handle, displayName })),
    )
    const former = [await seedPerson(world, { handle: 'hopgone', displayName: 'Hop Gone' })]
    channel = await seedPublic(world, { owners: [ada, grace!], moderators: [mod!], members, former })
    await world.app.database.pool.query(
      `UPDATE memberships SET joined_at = (SELECT joined_at FROM memberships WHERE channel_id = $1 ORDER BY joined_at OFFSET 3 LIMIT 1)
       WHERE channel_id = $1 AND role = 'MEMBER' AND user_id IN (SELECT id FROM users WHERE handle IN ('zoe', 'percent', 'hopper'))`,
      [channel.key],
    )
  })

  type Seen = { totalCount: number } & Connection<{ user: { handle: string } }>
  const ask =
    (more = ''): Ask<string> =>
    async (args) => {
      const { members } = (await see<{ members: Seen }>(
        ada,
        channel.id,
        `members(${args}${more}) { totalCount ${paged('user { handle }')} }`,
      ))!
      return { ...members, edges: members.edges.map(({ cursor, node }) => ({ cursor, node: node.user.handle })) }
    }
  const found = async (args: string) => {
    const { members } = (await see<{ members: Seen }>(
      ada,
      channel.id,
      `members(first: 2, ${args}) { totalCount edges { cursor node { user { handle } } } }`,
    ))!
    return { total: members.totalCount, first: members.edges.map(({ node }) => node.user.handle) }
  }

  it('come in the order of joining, each once, page by page in both directions', async () => {
    const [forward, backward] = await everyPage(ask())
    expect(backward).toEqual(forward)
    expect(forward.slice(0, 3)).toEqual(everyone.slice(0, 3))
    expect(forward.at(-1)).toBe('member8')
    expect(forward.toSorted()).toEqual(everyone.toSorted())
    expect(await see(ada, channel.id, 'memberCount members { totalCount }')).toEqual({ memberCount: 8, members: { totalCount: 8 } })
  })

  it.each([
    ['roles: [OWNER]', 2, ['ada', 'grace']],
    ['roles: [OWNER, MODERATOR]', 3, ['ada', 'grace']],
    ['roles: [MODERATOR, MODERATOR]', 1, ['mod']],
    ['roles: []', 0, []],
    ['roles: null', 8, ['ada', 'grace']],
    ['search: "hop", roles: [OWNER]', 1, ['grace']],
    ['search: "@HOP_"', 1, ['hop_along']],
    ['search: "ångs"', 1, ['zoe']],
    ['search: "100%"', 1, ['percent']],
    ['search: "%"', 0, []],
    ['search: "gone"', 0, []],
    ['search: " "', 8, ['ada', 'grace']],
    ['search: null', 8, ['ada', 'grace']],
  ])('are found by %s: %i', async (args, total, first) => {
    expect(await found(args)).toEqual({ total, first })
  })

  it('are paged by what was searched for', async () => {
    const [forward, backward] = await everyPage(ask(', search: "hop"'))
    expect(forward).toHaveLength(4)
    expect(backward).toEqual(forward)
    expect(await everyPage(ask(', roles: [MEMBER]'))).toEqual([expect.any(Array), expect.any(Array)])
  })

  it('are refused with all that is wrong; what is right beside it is answered', async () => {
    const document = `{ channel(id: "${channel.id}") { members(ARGS) { totalCount } } }`
    for (const cursor of brokenCursors) expect(await wrong(ada, document, `after: "${cursor}"`)).toEqual(['after'])
    expect(await wrong(ada, document, 'search: "a\\u0000", first: -1, last: 1')).toEqual(['search', 'first', 'last'])
    const { data, errors } = await ada.client.send(
      `{ viewer { wrong: channels(first: 101) { edges { cursor } } } right: channel(id: "${channel.id}") { members(first: 1) { totalCount } } }`,
    )
    expect({ data, errors }).toMatchObject({ data: { right: { members: { totalCount: 8 } } }, errors: [{ path: ['viewer', 'wrong'] }] })
  })
})

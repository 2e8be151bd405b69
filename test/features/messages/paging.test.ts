import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mutate, type Person, query } from '../../support/people.ts'
import { seedGroup, seedMessages, seedPerson, type SeededChannel, seedPublic } from '../../support/seed.ts'
import { look, read, readRefused, remove, send, seqs } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let eve: Person
let room: SeededChannel
beforeAll(async () => {
  world = await createWorld()
  ;[ada, eve] = await Promise.all([seedPerson(world), seedPerson(world)])
  room = await seedGroup(world, { owners: [ada] })
  await fill(room, 120)
})
afterAll(() => world.stop())

const fill = (channel: SeededChannel, size: number) =>
  seedMessages(
    world,
    channel,
    Array.from({ length: size }, (_, n) => [ada, `${n + 1}`] as const),
  )
const range = (first: number, last: number) => Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n)
const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

/** Seqs, and whether there is more after and before them. */
async function page(args: object, person = ada, { id } = room) {
  const found = await read(person, id, args)
  expect(found.pageInfo.startCursor).toBe(found.edges[0]?.cursor ?? null)
  expect(found.pageInfo.endCursor).toBe(found.edges.at(-1)?.cursor ?? null)
  return [seqs(found), found.pageInfo.hasNextPage, found.pageInfo.hasPreviousPage]
}

describe('a page', () => {
  it.each([
    ['the first fifty, if nothing is said', {}, range(1, 50), true, false],
    ['the first', { first: 3 }, range(1, 3), true, false],
    ['a hundred', { first: 100 }, range(1, 100), true, false],
    ['none', { first: 0 }, [], true, false],
    ['the next', { first: 2, after: cursor(3) }, [4, 5], true, true],
    ['the rest', { first: 5, after: cursor(117) }, [118, 119, 120], false, true],
    ['exactly the rest', { first: 3, after: cursor(117) }, [118, 119, 120], false, true],
    ['nothing behind the last', { first: 5, after: cursor(120) }, [], false, true],
    ['the last', { last: 3 }, [118, 119, 120], false, true],
    ['those before', { last: 3, before: cursor(118) }, [115, 116, 117], true, true],
    ['the beginning, from behind', { last: 5, before: cursor(4) }, [1, 2, 3], true, false],
    ['nothing before the first', { last: 5, before: cursor(1) }, [], true, false],
    ['what is between two', { after: cursor(5), before: cursor(9) }, [6, 7, 8], false, true],
    ['some of what is between two', { last: 2, after: cursor(5), before: cursor(9) }, [7, 8], true, true],
    ['nothing between neighbours', { after: cursor(5), before: cursor(6) }, [], false, true],
  ])('can be %s: %j', async (_what, args, expected, next, previous) => {
    expect(await page(args)).toEqual([expected, next, previous])
  })

  it('goes forward and backward through all, each once', async () => {
    const forward: number[] = []
    for (let after: string | null | undefined; forward.length < 120; ) {
      const { edges, pageInfo } = await read(ada, room.id, { first: 37, after })
      forward.push(...edges.map(({ node }) => node.seq))
      expect(pageInfo.hasNextPage).toBe(forward.length < 120)
      after = pageInfo.endCursor
    }
    const backward: number[] = []
    for (let before: string | null | undefined; backward.length < 120; ) {
      const { edges, pageInfo } = await read(ada, room.id, { last: 37, before })
      backward.unshift(...edges.map(({ node }) => node.seq))
      expect(pageInfo.hasPreviousPage).toBe(backward.length < 120)
      before = pageInfo.startCursor
    }
    expect([forward, backward]).toEqual([range(1, 120), range(1, 120)])
  })

  it('keeps the place of what is deleted', async () => {
    const group = await seedGroup(world, { owners: [ada] })
    await fill(group, 5)
    const { edges } = await read(ada, group.id)
    for (const { node } of edges.filter(({ node }) => node.seq % 2)) await remove(ada, node)
    const after = await read(ada, group.id, { after: edges[0]!.cursor })
    expect(after.edges.map(({ node }) => [node.seq, node.text])).toEqual([
      [2, '2'],
      [3, null],
      [4, '4'],
      [5, null],
    ])
  })

  it('of a channel without messages is empty', async () => {
    const group = await seedGroup(world, { owners: [ada] })
    for (const args of [{}, { last: 5 }, { aroundSeq: 1 }, { aroundSeq: 100 }])
      expect(await page(args, ada, group)).toEqual([[], false, false])
  })
})

describe('a window around a message', () => {
  it.each([
    ['has it in the middle', { aroundSeq: 60, first: 5 }, range(58, 62), true, true],
    ['has one more after it, where the size is even', { aroundSeq: 60, first: 4 }, range(59, 62), true, true],
    ['is fifty, if nothing is said', { aroundSeq: 60 }, range(36, 85), true, true],
    ['may be a hundred', { aroundSeq: 60, first: 100 }, range(11, 110), true, true],
    ['may be the message alone', { aroundSeq: 60, first: 1 }, [60], true, true],
    ['is short at the beginning', { aroundSeq: 2, first: 7 }, range(1, 5), true, false],
    ['begins with the first', { aroundSeq: 1, first: 7 }, range(1, 4), true, false],
    ['is short at the end', { aroundSeq: 119, first: 7 }, range(116, 120), false, true],
    ['ends with the last', { aroundSeq: 120, first: 7 }, range(117, 120), false, true],
    ['ends exactly with the last', { aroundSeq: 118, first: 5 }, range(116, 120), false, true],
    ['may hold all there is', { aroundSeq: 60, first: 100 }, range(11, 110), true, true],
    ['reaches back from behind the last', { aroundSeq: 122, first: 7 }, [119, 120], false, true],
    ['is empty far behind the last', { aroundSeq: 2_147_483_647, first: 7 }, [], false, true],
    ['is empty far behind the last, however small', { aroundSeq: 2_147_483_647, first: 1 }, [], false, true],
    ['may be none', { aroundSeq: 2_147_483_647, first: 0 }, [], false, true],
  ])('%s: %j', async (_what, args, expected, next, previous) => {
    expect(await page(args)).toEqual([expected, next, previous])
  })

  it('goes on both ways', async () => {
    const window = await read(ada, room.id, { aroundSeq: 60, first: 11 })
    expect(seqs(await read(ada, room.id, { last: 4, before: window.pageInfo.startCursor }))).toEqual(range(51, 54))
    expect(seqs(await read(ada, room.id, { first: 4, after: window.pageInfo.endCursor }))).toEqual(range(66, 69))
  })
})

describe('what was said before one’s time', () => {
  let group: SeededChannel
  beforeAll(async () => {
    group = await seedGroup(world, { owners: [ada] })
    await fill(group, 30)
    await mutate(ada.client, 'addMembers', { channelId: group.id, userIds: [eve.id] })
    for (let n = 0; n < 9; n++) await send(ada, group.id, 'Welcome')
  })

  it('is on no page: numbers stay, paging ends there', async () => {
    expect(await page({}, eve, group)).toEqual([range(31, 40), false, false])
    expect(await page({ last: 3 }, eve, group)).toEqual([range(38, 40), false, true])
    expect(await page({ last: 10 }, eve, group)).toEqual([range(31, 40), false, false])
    expect(await page({ last: 9, before: cursor(33) }, eve, group)).toEqual([[31, 32], true, false])
    expect(await page({ first: 3, after: cursor(5) }, eve, group)).toEqual([range(31, 33), true, true])
    expect(await page({ last: 3, before: cursor(20) }, eve, group)).toEqual([[], true, false])
  })

  it('is in no window', async () => {
    expect(await page({ aroundSeq: 32, first: 7 }, eve, group)).toEqual([range(31, 35), true, false])
    expect(await page({ aroundSeq: 29, first: 7 }, eve, group)).toEqual([range(31, 32), true, false])
    expect(await page({ aroundSeq: 10, first: 7 }, eve, group)).toEqual([[], true, false])
  })

  it('is no last message, and cannot be looked up', async () => {
    const late = await seedGroup(world, { owners: [ada] })
    const before = await send(ada, late.id, 'Before')
    await world.app.database.prisma.membership.create({
      data: { channelId: late.key, userId: Buffer.from(eve.id, 'base64url').toString().slice(5), historyFrom: 2, notificationLevel: 'ALL' },
    })
    const { channel } = await query(eve.client, 'query ($id: ID!) { channel(id: $id) { lastSeq lastMessage { id } } }', { id: late.id })
    expect(channel).toEqual({ lastSeq: 1, lastMessage: null })
    expect(await look(eve, before)).toBeNull()
  })
})

it('a public channel is read from the start, from outside, too', async () => {
  const hall = await seedPublic(world, { owners: [ada] })
  await fill(hall, 3)
  expect(await page({}, eve, hall)).toEqual([[1, 2, 3], false, false])
  await mutate(eve.client, 'joinChannel', { channelId: hall.id })
  expect(await page({ last: 4 }, eve, hall)).toEqual([[1, 2, 3, 4], false, false])
})

describe('is INVALID_INPUT, with every issue:', () => {
  const size = 'Must be from 0 to 100.'
  const notACursor = 'Not a cursor of this list. Use `cursor` of an edge, or `startCursor` and `endCursor` of its pageInfo.'
  const both = 'Use either first or last.'
  const alone = 'Goes without aroundSeq.'
  it.each<[object, Record<string, string>]>([
    [{ first: 101 }, { first: size }],
    [{ first: -1 }, { first: size }],
    [{ last: 101 }, { last: size }],
    [{ last: -1 }, { last: size }],
    [{ first: 1, last: 1 }, { last: both }],
    [{ after: 'broken' }, { after: notACursor }],
    [{ before: '' }, { before: notACursor }],
    [{ after: cursor('1') }, { after: notACursor }],
    [{ after: cursor(0) }, { after: notACursor }],
    [{ after: cursor(-5) }, { after: notACursor }],
    [{ before: cursor(1.5) }, { before: notACursor }],
    [{ before: cursor(1e12) }, { before: notACursor }],
    [{ after: cursor(2 ** 31 - 1) }, { after: notACursor }],
    [{ after: cursor(null) }, { after: notACursor }],
    [{ after: cursor() }, { after: notACursor }],
    [
      { first: 200, after: 'x', before: 'y' },
      { first: size, after: notACursor, before: notACursor },
    ],
    [{ aroundSeq: 0 }, { aroundSeq: 'Must be 1 or more.' }],
    [{ aroundSeq: -3 }, { aroundSeq: 'Must be 1 or more.' }],
    [{ aroundSeq: 5, first: 101 }, { first: size }],
    [{ aroundSeq: 5, last: 5 }, { last: alone }],
    [
      { aroundSeq: 5, after: cursor(1), before: cursor(9) },
      { after: alone, before: alone },
    ],
    [
      { aroundSeq: 0, first: 101, before: cursor(9) },
      { aroundSeq: 'Must be 1 or more.', before: alone, first: size },
    ],
  ])('%j', async (args, issues) => {
    expect(await readRefused(ada, room.id, args)).toEqual({
      code: 'INVALID_INPUT',
      issues: Object.entries(issues).map(([path, reason]) => ({ path, reason })),
    })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mutate, type Person, query } from '../../support/people.ts'
import { seedDirect, seedGroup, seedPerson, type SeededChannel, seedPublic } from '../../support/seed.ts'
import { look, messageOf, react, remove, type Said, send, unreact } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
let eve: Person
let room: SeededChannel
let message: Said
beforeAll(async () => {
  world = await createWorld()
  ;[ada, bob, eve] = await Promise.all([seedPerson(world), seedPerson(world), seedPerson(world)])
  room = await seedGroup(world, { owners: [ada], members: [bob] })
  message = await send(ada, room.id, 'React!')
})
afterAll(() => world.stop())

const fresh = () => send(ada, room.id, 'React!')
const shown = ({ reactions }: Said) => reactions.map(({ emoji, count, viewerReacted }) => [emoji, count, viewerReacted])

it('come once for each person and emoji, the oldest kind first, and count as changes of the message', async () => {
  const one = await fresh()
  expect(shown(messageOf(await react(bob, one, '👍')))).toEqual([['👍', 1, true]])
  expect(shown(messageOf(await react(bob, one, '❤️')))).toEqual([
    ['👍', 1, true],
    ['❤️', 1, true],
  ])
  const three = messageOf(await react(ada, one, '👍'))
  expect(three.reactions).toEqual([
    { emoji: '👍', count: 2, viewerReacted: true, users: [{ handle: bob.handle }, { handle: ada.handle }] },
    { emoji: '❤️', count: 1, viewerReacted: false, users: [{ handle: bob.handle }] },
  ])
  expect(three.version).toBe(4)
  expect(messageOf(await react(ada, one, '👍'))).toEqual(three)
  expect(shown((await look(bob, one))!)).toEqual([
    ['👍', 2, true],
    ['❤️', 1, true],
  ])
})

it('go again, one’s own only, and what is not there goes without a change', async () => {
  const one = await fresh()
  await react(bob, one, '👍')
  const both = messageOf(await react(ada, one, '👍'))
  const left = messageOf(await unreact(bob, both, '👍'))
  expect([left.version, shown(left)]).toEqual([4, [['👍', 1, false]]])
  expect(messageOf(await unreact(bob, one, '👍'))).toEqual(left)
  expect(messageOf(await unreact(bob, one, '🚀'))).toEqual(left)
  expect(messageOf(await unreact(ada, one, '👍'))).toMatchObject({ version: 5, reactions: [], text: one.text, editedAt: null })
})

it('are announced where something changed', async () => {
  const one = await fresh()
  const heard: { type: string; message: { version: number } }[] = []
  const stop = await world.app.bus.subscribe(`channel.${room.key}`, (event) => heard.push(event as (typeof heard)[number]))
  for (const doing of [react, react, unreact, unreact]) await doing(bob, one, '👍')
  stop()
  expect(heard.map(({ type, message }) => [type, message.version])).toEqual([
    ['MessageChanged', 2],
    ['MessageChanged', 3],
  ])
})

describe('an emoji', () => {
  it.each(['👍', '👍🏽', '❤️', '👩🏽‍❤️‍💋‍👨🏿', '👨‍👩‍👧‍👦', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🇺🇳', '#️⃣', '©️'])('is %s', async (emoji) => {
    expect(shown(messageOf(await react(bob, await fresh(), emoji)))).toEqual([[emoji, 1, true]])
  })

  it.each(['', 'a', 'ok', '👍👍', '👍 ❤️', '1', '🇺', '❤', ':thumbsup:', '👍\ufe0e', '\u200d', '👍x', '🏽‍🏽', '\ud83d', '\0'])(
    'is not %j',
    async (emoji) => {
      for (const outcome of [await react(bob, message, emoji), await unreact(bob, message, emoji)])
        expect(outcome).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: 'input.emoji' }] })
      expect(await look(ada, message)).toEqual(message)
    },
  )
})

const many = ['😀', '😃', '😄', '😁', '😆', '😅', '🤣', '😂', '🙂', '🙃', '🫠', '😉', '😊', '😇', '🥰', '😍', '🤩', '😘', '😗', '☺️', '😚']

it('are of twenty kinds at most; joining one of them still works', async () => {
  const one = await fresh()
  for (const emoji of many.slice(0, 20)) messageOf(await react(ada, one, emoji))
  const full = (await look(bob, one))!
  expect(await react(bob, one, many[20]!)).toMatchObject({ code: 'CONFLICT' })
  expect(await look(bob, one)).toEqual(full)
  expect(messageOf(await react(bob, one, many[19]!)).version).toBe(22)
  await unreact(ada, one, many[0]!)
  expect(messageOf(await react(bob, one, many[20]!)).reactions).toHaveLength(20)
})

it('are of twenty kinds at most, also where many come at once', async () => {
  const one = await fresh()
  const outcomes = await Promise.all(many.flatMap((emoji) => [react(ada, one, emoji), react(bob, one, emoji)]))
  expect(outcomes.filter(({ code }) => code === 'CONFLICT').length).toBeGreaterThan(0)
  const { reactions, version } = (await look(bob, one))!
  expect(reactions).toHaveLength(20)
  expect(version).toBe(1 + reactions.reduce((sum, { count }) => sum + count, 0))
})

it('show as many people as asked for, fifty if not, a hundred at most', async () => {
  const crowd = await Promise.all(Array.from({ length: 103 }, () => seedPerson(world)))
  const hall = await seedGroup(world, { owners: [ada], members: crowd })
  const one = await send(ada, hall.id, 'React!')
  for (const person of crowd) await react(person, one, '👍')
  const users = async (args: string) => {
    const { node } = await query<{ node: { reactions: { count: number; users: { handle: string }[] }[] } }>(
      ada.client,
      `query ($id: ID!) { node(id: $id) { ... on Message { reactions { count users${args} { handle } } } } }`,
      { id: one.id },
    )
    expect(node.reactions[0]!.count).toBe(103)
    return node.reactions[0]!.users.map(({ handle }) => handle)
  }
  const handles = crowd.map(({ handle }) => handle)
  expect(await users('(first: 2)')).toEqual(handles.slice(0, 2))
  expect(await users('(first: 0)')).toEqual([])
  expect(await users('')).toEqual(handles.slice(0, 50))
  expect(await users('(first: 100)')).toEqual(handles.slice(0, 100))
  for (const first of [-1, 101]) {
    const { errors } = await ada.client.send(
      `query ($id: ID!) { node(id: $id) { ... on Message { reactions { users(first: ${first}) { id } } } } }`,
      {
        id: one.id,
      },
    )
    expect(errors![0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: 'first' }] })
  }
})

it('of someone deleted are not shown and not counted', async () => {
  const gone = await seedPerson(world)
  const group = await seedGroup(world, { owners: [ada], members: [bob, gone] })
  const one = await send(ada, group.id, 'React!')
  for (const emoji of many.slice(0, 20)) await react(gone, one, emoji)
  await react(bob, one, many[1]!)
  await mutate(gone.client, 'deleteAccount', { password: gone.password })
  expect((await look(ada, one))!.reactions).toEqual([{ emoji: many[1], count: 1, viewerReacted: false, users: [{ handle: bob.handle }] }])
  expect(messageOf(await react(bob, one, many[20]!)).reactions).toHaveLength(2)
})

describe('are refused', () => {
  const codes = async (person: Person, to: Pick<Said, 'id'>) => [
    (await react(person, to, '👍')).code,
    (await unreact(person, to, '👍')).code,
  ]

  it('to who is not a member', async () => {
    expect(await codes(eve, message)).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    const hall = await seedPublic(world, { owners: [ada], former: [bob] })
    const said = await send(ada, hall.id, 'React!')
    for (const person of [eve, bob, await seedPerson(world, { role: 'ADMIN' })])
      expect(await codes(person, said)).toEqual(['FORBIDDEN', 'FORBIDDEN'])
    expect((await look(ada, said))!.reactions).toEqual([])
  })

  it('on a deleted message, and in an archived channel', async () => {
    const group = await seedGroup(world, { owners: [ada], members: [bob] })
    const [gone, kept] = [await send(ada, group.id, 'Gone'), await send(ada, group.id, 'Kept')]
    await react(bob, kept, '👍')
    await remove(ada, gone)
    expect(await codes(bob, gone)).toEqual(['CONFLICT', 'CONFLICT'])
    await mutate(ada.client, 'archiveChannel', { channelId: group.id, archived: true })
    expect(await codes(bob, kept)).toEqual(['CONFLICT', 'CONFLICT'])
    expect(shown((await look(bob, kept))!)).toEqual([['👍', 1, true]])
  })

  it('not in notes to oneself', async () => {
    const notes = await seedDirect(world, eve)
    expect(messageOf(await react(eve, await send(eve, notes.id, 'Milk'), '✅')).reactions).toHaveLength(1)
  })
})

it('while others write: neither waits for the other', async () => {
  const one = await fresh()
  const work = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => [await react(n % 2 ? ada : bob, one, many[n]!), await fresh()] as const),
  )
  expect(work.every(([outcome]) => messageOf(outcome))).toBe(true)
  expect((await look(ada, one))!.version).toBe(21)
  expect(new Set(work.map(([, { seq }]) => seq)).size).toBe(20)
})

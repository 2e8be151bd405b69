import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namedIn } from '../../../src/features/messages/mentions.ts'
import { mutate, type Person } from '../../support/people.ts'
import { keyOf, seedCrowd, seedDirect, seedGroup, seedPerson, type SeededChannel, seedPublic } from '../../support/seed.ts'
import { edit, look, messageOf, remove, type Said, send, trySend } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
let mod: Person
let eve: Person
let dots: Person
let fewer: Person
let room: SeededChannel
beforeAll(async () => {
  world = await createWorld()
  const person = (handle: string) => seedPerson(world, { handle })
  ;[ada, bob, mod, eve] = await Promise.all([person('ada'), person('bob'), person('mod'), person('eve')])
  ;[dots, fewer] = await Promise.all([person('a.d-a_.'), person('a.d-a_')])
  room = await seedGroup(world, { owners: [ada], moderators: [mod], members: [bob, dots, fewer] })
})
afterAll(() => world.stop())

const named = (message: Said) => message.mentions.map(({ handle }) => handle)
const namedBy = async (person: Person, { id }: SeededChannel, text: string) => named(await send(person, id, text))

describe('a text names', () => {
  it.each([
    ['@bob', ['bob']],
    ['Hello @BOB, hello @Ada!', ['ada', 'bob']],
    ['(@bob) *@ada* “@mod”', ['ada', 'bob', 'mod']],
    ['_@bob_ ~@ada~', ['ada', 'bob']],
    ['.@bob -@ada', ['ada', 'bob']],
    ['@bob’s and @ada: and @mod…', ['ada', 'bob', 'mod']],
    ['Ask @bob.', ['bob']],
    ['Ask @bob... or @ada-', ['ada', 'bob']],
    ['@a.d-a_. has dots', ['a.d-a_.']],
    ['@a.d-a_... has more', ['a.d-a_.']],
    ['@a.d-a_ is somebody else', ['a.d-a_']],
    ['@a.d-a_- too', ['a.d-a_']],
    ['@bob @bob @Bob', ['bob']],
    ['@ada names herself', ['ada']],
    ['@bob@ada', ['bob']],
    ['line\n@bob\n@ada', ['ada', 'bob']],
    ['שלום @bob مرحبا', ['bob']],
  ])('%j: %j', async (text, handles) => {
    expect(await namedBy(ada, room, text)).toEqual(handles)
  })

  it('the same people to everyone, and tells it to whoever listens', async () => {
    const heard: { mentionIds: string[] }[] = []
    const stop = await world.app.bus.subscribe(`channel.${room.key}`, (event) => heard.push(event as { mentionIds: string[] }))
    const message = await send(ada, room.id, 'Hello @bob and @mod')
    stop()
    expect(named((await look(bob, message))!)).toEqual(['bob', 'mod'])
    expect(heard[0]!.mentionIds.toSorted()).toEqual([bob, mod].map(({ id }) => keyOf(id)).toSorted())
  })
})

describe('a text does not name', () => {
  it.each([
    ['who is not a member', '@eve'],
    ['nobody', '@nobody'],
    ['part of a word', 'bob @bobby @bo @bobé @bobб'],
    ['an address', 'bob@bob.example me.@bob x_@bob x+@bob'],
    ['a path', 'https://social.example/@bob'],
    ['a fullwidth at', '＠bob'],
    ['in a span of code', '`@bob` ``@bob`` `` ` @bob ``'],
    ['in a span over two lines', '`code\n@bob`'],
    ['in a block of code', '```\n@bob\n```'],
    ['in a block with a language', '```@ada\n@bob```'],
    ['in a longer block around a shorter one', '````\n```\n@bob\n```\n@bob\n````'],
    ['in a block that is left open', 'Look:\n```\n@bob'],
  ])('%s: %j', async (_what, text) => {
    expect(await namedBy(ada, room, text)).toEqual([])
  })

  it('a single backtick makes no code, nor do two with a paragraph between them', async () => {
    expect(await namedBy(ada, room, 'A ` and @bob')).toEqual(['bob'])
    expect(await namedBy(ada, room, 'A `\n\n@bob `')).toEqual(['bob'])
    expect(await namedBy(ada, room, '`code` @bob `code`')).toEqual(['bob'])
    expect(await namedBy(ada, room, '```code``` @bob')).toEqual(['bob'])
  })

  it('more than a hundred people', () => {
    const handles = Array.from({ length: 120 }, (_, n) => `person${n}`)
    expect(namedIn(handles.map((handle) => `@${handle}`).join(' ')).handles).toEqual(handles.slice(0, 100).map((handle) => [handle]))
  })

  it.each([
    ['at signs', '@'.repeat(8_000)],
    ['backticks', '` '.repeat(4_000)],
    ['runs of backticks', Array.from({ length: 125 }, (_, n) => '`'.repeat(n + 1)).join(' ')],
    ['openings of blocks', '``` '.repeat(2_000)],
    ['a very long word', `@${'a.'.repeat(3_999)}é`],
    ['a very long line of dots', `a${'.'.repeat(7_990)}@ada`],
    ['paragraphs with open code', '`a\n\n``b\n\n'.repeat(800)],
  ])('anybody slowly: %s', (_what, text) => {
    const start = performance.now()
    namedIn(text)
    expect(performance.now() - start).toBeLessThan(200)
  })
})

describe('@channel', () => {
  const everyone = ['a.d-a_', 'a.d-a_.', 'ada', 'bob', 'mod']

  it('names everyone, where an owner or a moderator says it', async () => {
    expect(await namedBy(ada, room, '@channel, lunch!')).toEqual(everyone)
    expect(await namedBy(mod, room, 'Lunch, @Channel.')).toEqual(everyone)
    expect(await namedBy(mod, room, 'Not `@channel`, but @bob')).toEqual(['bob'])
  })

  it('is plain text where a member says it, and in a direct channel', async () => {
    expect(await namedBy(bob, room, '@channel @ada')).toEqual(['ada'])
    expect(await namedBy(ada, await seedDirect(world, ada, bob), '@channel')).toEqual([])
  })

  it('is an administrator’s in a public channel, as a member there; not in a group', async () => {
    const admin = await seedPerson(world, { handle: 'admin', role: 'ADMIN' })
    const hall = await seedPublic(world, { owners: [ada], members: [admin, bob] })
    const group = await seedGroup(world, { owners: [ada], members: [admin, bob] })
    expect(await namedBy(admin, hall, '@channel')).toEqual(['ada', 'admin', 'bob'])
    expect(await namedBy(admin, group, '@channel')).toEqual([])
    for (const [{ id }, handles] of [
      [hall, ['ada', 'admin', 'bob']],
      [group, []],
    ] as const) {
      const message = await send(admin, id, 'Hello')
      expect(named(messageOf(await edit(admin, message, { text: '@channel' })))).toEqual(handles)
    }
  })

  it('names up to five hundred people, and nobody where there are more', async () => {
    const hall = await seedGroup(world, { owners: [ada], members: [bob] })
    await seedCrowd(world, hall, 498)
    const full = await send(ada, hall.id, '@channel')
    expect(full.mentions).toHaveLength(500)
    await seedCrowd(world, hall, 1)
    expect(await namedBy(ada, hall, '@channel @bob')).toEqual(['bob'])
    expect(named(messageOf(await edit(ada, full, { text: '@channel, again' })))).toEqual([])
  })

  it('is nobody’s handle', async () => {
    expect(await mutate(bob.client, 'updateProfile', { handle: 'Channel' })).toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('mentionIds', () => {
  it('add to whom the text names', async () => {
    const message = await send(ada, room.id, { text: 'Hello @bob', mentionIds: [mod.id, bob.id] })
    expect(named(message)).toEqual(['bob', 'mod'])
  })

  it('of people who are not in the channel are invalid, each by its place; nothing is sent', async () => {
    const stranger = await seedPerson(world)
    const left = await seedPerson(world)
    const group = await seedGroup(world, { owners: [ada], members: [bob], former: [left] })
    const reason = 'Only who is in the channel can be mentioned.'
    expect(await trySend(ada, group.id, { mentionIds: [bob.id, stranger.id, ada.id, left.id, stranger.id] })).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [1, 3, 4].map((place) => ({ path: `input.mentionIds.${place}`, reason })),
    })
    expect((await send(ada, group.id, 'Next')).seq).toBe(1)
  })

  it('of people who do not exist are not found', async () => {
    const gone = await seedPerson(world)
    const group = await seedGroup(world, { owners: [ada], members: [gone] })
    await mutate(gone.client, 'deleteAccount', { password: gone.password })
    for (const id of [gone.id, room.id, 'nobody', ''])
      expect(await trySend(ada, group.id, { mentionIds: [ada.id, id, eve.id, id] })).toMatchObject({
        code: 'NOT_FOUND',
        reason: 'input.mentionIds.1, input.mentionIds.3: There is no such person.',
      })
  })

  it('are a hundred at most', async () => {
    const crowd = await seedCrowd(world, await seedGroup(world), 101)
    const ids = crowd.map((key) => Buffer.from(`User:${key}`).toString('base64url'))
    expect(await trySend(ada, room.id, { mentionIds: ids })).toMatchObject({ issues: [{ path: 'input.mentionIds' }] })
  })
})

describe('an edit', () => {
  it('names people anew, and keeps whom ids had named', async () => {
    const message = await send(ada, room.id, { text: 'Hello @bob and @ada', mentionIds: [mod.id] })
    expect(named(message)).toEqual(['ada', 'bob', 'mod'])
    const edited = messageOf(await edit(ada, message, { text: 'Hello @ada' }))
    expect(named(edited)).toEqual(['ada', 'mod'])
    expect(named(messageOf(await edit(ada, message, { text: 'Hello @mod' })))).toEqual(['mod'])
    expect(named(messageOf(await edit(ada, message, { text: 'Hello @channel' })))).toEqual(['a.d-a_', 'a.d-a_.', 'ada', 'bob', 'mod'])
    expect(named(messageOf(await edit(ada, message, { text: 'Hello' })))).toEqual(['mod'])
    expect(named((await look(bob, message))!)).toEqual(['mod'])
  })

  it('may call everyone where its sender may', async () => {
    const message = await send(bob, room.id, 'Hello')
    expect(named(messageOf(await edit(bob, message, { text: '@channel' })))).toEqual([])
  })

  it('that names only others is told with them', async () => {
    const heard: { type: string; mentionIds: string[] }[] = []
    const message = await send(ada, room.id, { text: 'Hello @bob', mentionIds: [mod.id] })
    const stop = await world.app.bus.subscribe(`channel.${room.key}`, (event) => heard.push(event as (typeof heard)[number]))
    await edit(ada, message, { text: 'Hello @ada' })
    stop()
    expect(heard).toMatchObject([{ type: 'MessageChanged' }])
    expect(heard[0]!.mentionIds.toSorted()).toEqual([ada, mod].map(({ id }) => keyOf(id)).toSorted())
  })
})

it('who has left stays named; who is deleted does not', async () => {
  const [left, gone] = [await seedPerson(world, { handle: 'left' }), await seedPerson(world, { handle: 'gone' })]
  const group = await seedGroup(world, { owners: [ada], members: [left, gone] })
  const message = await send(ada, group.id, 'Hello @left and @gone')
  await mutate(left.client, 'leaveChannel', { channelId: group.id })
  expect(named((await look(ada, message))!)).toEqual(['gone', 'left'])
  await mutate(gone.client, 'deleteAccount', { password: gone.password })
  expect(named((await look(ada, message))!)).toEqual(['left'])
})

it('a deleted message names nobody', async () => {
  const message = await send(ada, room.id, { text: 'Hello @bob', mentionIds: [mod.id] })
  expect(named(messageOf(await remove(ada, message)))).toEqual([])
  expect(await world.app.database.prisma.mention.count({ where: { channelId: room.key, seq: message.seq } })).toBe(0)
})

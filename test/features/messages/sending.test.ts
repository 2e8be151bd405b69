import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { mutate, type Person, personOf, query } from '../../support/people.ts'
import { createDatabase, type TestDatabase } from '../../support/postgres.ts'
import { keyOf, seedDirect, seedGroup, seedMessages, seedPerson, type SeededChannel, seedPublic } from '../../support/seed.ts'
import { edit, idAt, look, messageOf, read, remove, send, seqs, trySend } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let database: TestDatabase
let world: World
let ada: Person
let bob: Person
let eve: Person
let room: SeededChannel
beforeAll(async () => {
  database = await createDatabase()
  world = await createWorld({ databaseUrl: database.url })
  ada = await seedPerson(world, { handle: 'ada' })
  bob = await seedPerson(world, { handle: 'bob' })
  eve = await seedPerson(world, { handle: 'eve' })
  room = await seedGroup(world, { owners: [ada], members: [bob] })
})
afterAll(async () => {
  await world.stop()
  await database.drop()
})

const lastSeq = async (person: Person, { id }: SeededChannel) =>
  (await query<{ channel: { lastSeq: number } }>(person.client, 'query ($id: ID!) { channel(id: $id) { lastSeq } }', { id })).channel
    .lastSeq

it('a message is numbered, shown to everyone there, and the channel’s newest', async () => {
  const before = await lastSeq(ada, room)
  const sent = await send(ada, room.id, 'Hello')
  expect(sent).toMatchObject({
    seq: before + 1,
    version: 1,
    kind: 'TEXT',
    text: 'Hello',
    sender: { handle: 'ada' },
    replyTo: null,
    reactions: [],
  })
  expect(sent).toMatchObject({ mentions: [], clientId: null, editedAt: null, deletedAt: null })
  expect(Math.abs(Date.parse(sent.createdAt) - Date.now())).toBeLessThan(60_000)
  expect(await look(bob, sent)).toEqual(sent)
  const { channel } = await query(bob.client, 'query ($id: ID!) { channel(id: $id) { lastSeq lastMessage { id } } }', { id: room.id })
  expect(channel).toEqual({ lastSeq: sent.seq, lastMessage: { id: sent.id } })
})

it('is announced as it is stored, with whom it names', async () => {
  const heard: unknown[] = []
  const stop = await world.app.bus.subscribe(`channel.${room.key}`, (event) => heard.push(event))
  const first = await send(ada, room.id, { text: 'Hello @bob', clientId: randomUUID() })
  const next = messageOf(await edit(ada, first, { text: 'Hello' }))
  await remove(ada, next)
  stop()
  const stored = await world.app.database.prisma.message.findFirstOrThrow({ where: { channelId: room.key, seq: first.seq } })
  const row = { ...JSON.parse(JSON.stringify(stored)), deletedAt: null, editedAt: null }
  expect(heard).toHaveLength(3)
  expect(heard).toMatchObject([
    { type: 'MessageAdded', message: { ...row, version: 1, text: 'Hello @bob' }, mentionIds: [keyOf(bob.id)], fence: 0 },
    { type: 'MessageChanged', message: { ...row, version: 2, text: 'Hello', editedAt: next.editedAt }, mentionIds: [], fence: 0 },
    { type: 'MessageChanged', message: JSON.parse(JSON.stringify(stored)), mentionIds: [], fence: 0 },
  ])
})

describe('with a clientId', () => {
  it('sending again gives the same message and sends nothing', async () => {
    const draft = { text: 'Once', clientId: randomUUID() }
    const first = await trySend(ada, room.id, draft)
    const again = await trySend(ada, room.id, { ...draft, text: ' Once\r\n' })
    expect(first.replayed).toBe(false)
    expect(again).toEqual({ ...first, replayed: true })
    expect(await lastSeq(ada, room)).toBe(messageOf(first).seq)
  })

  it('which is a UUID of any version, in whatever case', async () => {
    const clientId = 'ABCDEF01-2345-0789-0BCD-EF0123456789'
    const first = await send(ada, room.id, { clientId })
    expect(first.clientId).toBe(clientId.toLowerCase())
    expect(await trySend(ada, room.id, { clientId: clientId.toLowerCase() })).toEqual(
      expect.objectContaining({ message: first, replayed: true }),
    )
  })

  it.each(['', 'no uuid', `${randomUUID()}x`, 'abcdef0123456789abcdef0123456789', '{abcdef01-2345-6789-abcd-ef0123456789}'])(
    '%j is none',
    async (clientId) => {
      const before = await lastSeq(ada, room)
      const { data, errors } = await ada.client.send('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }', {
        input: { channelId: room.id, text: 'Hello', clientId },
      })
      expect({ data, code: errors?.[0]?.extensions.code }).toEqual({ data: undefined, code: 'BAD_REQUEST' })
      expect(errors?.[0]?.message).toMatch(/^Variable "\$input\.clientId": Not a UUID, /)
      expect(await lastSeq(ada, room)).toBe(before)
    },
  )

  it('another content is a conflict: text, what it answers, whom it names by id', async () => {
    const [one, other] = [await send(bob, room.id, 'One'), await send(bob, room.id, 'Other')]
    const draft = { text: 'This', clientId: randomUUID(), replyToId: one.id, mentionIds: [bob.id, ada.id] }
    const first = await send(ada, room.id, draft)
    for (const change of [{ text: 'That' }, { replyToId: other.id }, { replyToId: null }, { mentionIds: [bob.id] }, { mentionIds: null }])
      expect(await trySend(ada, room.id, { ...draft, ...change })).toMatchObject({ code: 'CONFLICT' })
    expect(await lastSeq(ada, room)).toBe(first.seq)
    const same = await trySend(ada, room.id, { ...draft, mentionIds: [ada.id, bob.id, ada.id] })
    expect(same).toMatchObject({ replayed: true, message: { id: first.id } })
  })

  it('what was first sent counts, also after an edit and after deletion', async () => {
    const draft = { text: 'First words', clientId: randomUUID() }
    const edited = messageOf(await edit(ada, await send(ada, room.id, draft), { text: 'Other words' }))
    expect(await trySend(ada, room.id, draft)).toMatchObject({ replayed: true, message: edited })
    expect(await trySend(ada, room.id, { ...draft, text: 'Other words' })).toMatchObject({ code: 'CONFLICT' })
    const gone = messageOf(await remove(ada, edited))
    expect(await trySend(ada, room.id, draft)).toMatchObject({ replayed: true, message: gone })
    expect(await trySend(ada, room.id, { ...draft, text: 'Other words' })).toMatchObject({ code: 'CONFLICT' })
  })

  it('the same key of another person, or in another channel, is another message', async () => {
    const other = await seedGroup(world, { owners: [ada], members: [bob] })
    const draft = { text: 'Hello', clientId: randomUUID() }
    const all = [await trySend(ada, room.id, draft), await trySend(bob, room.id, draft), await trySend(ada, other.id, draft)]
    expect(all.map(({ replayed }) => replayed)).toEqual([false, false, false])
    expect(new Set(all.map((outcome) => messageOf(outcome).id)).size).toBe(3)
    const again = [await trySend(ada, room.id, draft), await trySend(bob, room.id, draft), await trySend(ada, other.id, draft)]
    expect(again.map((outcome) => messageOf(outcome).id)).toEqual(all.map((outcome) => messageOf(outcome).id))
  })

  it('only its sender sees it', async () => {
    const sent = await send(ada, room.id, { clientId: randomUUID() })
    expect(sent.clientId).not.toBeNull()
    expect((await look(ada, sent))!.clientId).toBe(sent.clientId)
    expect((await look(bob, sent))!.clientId).toBeNull()
  })

  it('sending again works where nothing new may be said: after archiving; but not for who has left', async () => {
    const group = await seedGroup(world, { owners: [ada], members: [bob] })
    const draft = { text: 'Hello', clientId: randomUUID() }
    const sent = await send(bob, group.id, draft)
    await mutate(ada.client, 'archiveChannel', { channelId: group.id, archived: true })
    expect(await trySend(bob, group.id, draft)).toMatchObject({ replayed: true, message: { id: sent.id } })
    await mutate(bob.client, 'leaveChannel', { channelId: group.id })
    expect(await trySend(bob, group.id, draft)).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('who has left and is back without what was said before gets nothing of it by a key either, and sends nothing twice', async () => {
    const group = await seedGroup(world, { owners: [ada], members: [bob] })
    const draft = { text: 'Hello', clientId: randomUUID() }
    const sent = await send(bob, group.id, draft)
    const comeBack = (withHistory: boolean) =>
      mutate(ada.client, 'addMembers', { channelId: group.id, userIds: [bob.id], withHistory }).then(() => lastSeq(ada, group))
    await mutate(bob.client, 'leaveChannel', { channelId: group.id })
    const last = await comeBack(false)
    expect(await look(bob, sent)).toBeNull()
    const refused = await trySend(bob, group.id, draft)
    expect(refused).toMatchObject({ code: 'CONFLICT', reason: expect.stringContaining('clientId') as string })
    expect(refused.message).toBeUndefined()
    expect(await lastSeq(ada, group)).toBe(last)
    await mutate(bob.client, 'leaveChannel', { channelId: group.id })
    await comeBack(true)
    expect(await trySend(bob, group.id, draft)).toMatchObject({ replayed: true, message: { id: sent.id } })
  })
})

describe('answering a message', () => {
  it('of the channel, deleted ones included', async () => {
    const first = await send(bob, room.id, 'A question')
    const answer = await send(ada, room.id, { text: 'An answer', replyToId: first.id })
    expect(answer.replyTo).toEqual({ id: first.id, text: 'A question' })
    await remove(bob, first)
    expect((await look(bob, answer))!.replyTo).toEqual({ id: first.id, text: null })
    expect((await send(ada, room.id, { replyToId: first.id })).replyTo).toEqual({ id: first.id, text: null })
  })

  it('of another channel is invalid, be it there or not', async () => {
    const other = await seedGroup(world, { owners: [ada] })
    const elsewhere = await send(ada, other.id, 'Elsewhere')
    const issues = [{ path: 'input.replyToId', reason: 'Must be a message of this channel.' }]
    for (const replyToId of [elsewhere.id, idAt(other.id, 99)])
      expect(await trySend(ada, room.id, { replyToId })).toMatchObject({ code: 'INVALID_INPUT', issues })
    expect(await trySend(ada, room.id, { text: ' ', replyToId: elsewhere.id })).toMatchObject({
      issues: [{ path: 'input.text', reason: 'Must not be empty.' }, ...issues],
    })
  })

  it('that is not there, or not theirs to see, is not found', async () => {
    const group = await seedGroup(world, { owners: [ada] })
    const early = await send(ada, group.id, 'Before eve')
    await mutate(ada.client, 'addMembers', { channelId: group.id, userIds: [eve.id] })
    const next = (await lastSeq(eve, group)) + 1
    for (const replyToId of [early.id, idAt(group.id, next), idAt(group.id, 4711), 'nowhere', eve.id, group.id, ''])
      expect(await trySend(eve, group.id, { replyToId })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await lastSeq(eve, group)).toBe(next - 1)
    await send(ada, group.id, { text: 'Still', replyToId: early.id })
    expect((await read(eve, group.id, { last: 1 })).edges[0]!.node.text).toBe('Still')
    const answer = await query<{ channel: { lastMessage: object } }>(
      eve.client,
      'query ($id: ID!) { channel(id: $id) { lastMessage { replyTo { id } } } }',
      { id: group.id },
    )
    expect(answer.channel.lastMessage).toEqual({ replyTo: null })
  })
})

describe('it is refused', () => {
  const outcomeOf = async (person: Person, { id }: Pick<SeededChannel, 'id'>) => {
    const { code, ...rest } = await trySend(person, id, { text: 'Let me in', clientId: randomUUID() })
    expect(rest).toEqual({ __typename: expect.any(String), reason: expect.stringMatching(/./) })
    return code
  }

  it('in a group to a stranger and to a former member; in a public channel to who has not joined', async () => {
    expect(await outcomeOf(eve, room)).toBe('NOT_FOUND')
    expect(await outcomeOf(eve, await seedGroup(world, { owners: [ada], former: [eve] }))).toBe('NOT_FOUND')
    expect(await outcomeOf(eve, await seedPublic(world, { owners: [ada], former: [eve] }))).toBe('FORBIDDEN')
    expect(await outcomeOf(eve, await seedDirect(world, ada, bob))).toBe('NOT_FOUND')
  })

  it.each(['nowhere', '', Buffer.from(`Channel:${randomUUID()}`).toString('base64url')])('in %j', async (id) => {
    expect(await outcomeOf(ada, { id })).toBe('NOT_FOUND')
  })

  it('in an archived and in a deleted channel', async () => {
    expect(await outcomeOf(ada, await seedGroup(world, { owners: [ada], archived: true }))).toBe('CONFLICT')
    const gone = await seedGroup(world, { owners: [ada] })
    await mutate(ada.client, 'deleteChannel', { channelId: gone.id })
    expect(await outcomeOf(ada, gone)).toBe('NOT_FOUND')
  })

  it('to someone whose account is deleted: what was said stays, without its sender', async () => {
    const gone = await seedPerson(world)
    const direct = await seedDirect(world, ada, gone)
    const [own, theirs] = [await send(ada, direct.id, 'Still there?'), await send(gone, direct.id, 'Bye')]
    expect((await look(ada, theirs))!.sender).not.toBeNull()
    await mutate(gone.client, 'deleteAccount', { password: gone.password })
    expect(await outcomeOf(ada, direct)).toBe('CONFLICT')
    expect(seqs(await read(ada, direct.id))).toEqual([own.seq, theirs.seq])
    expect(await look(ada, theirs)).toEqual({ ...theirs, sender: null })
  })

  it('nobody is in the way of notes to oneself', async () => {
    const notes = await seedDirect(world, eve)
    expect((await send(eve, notes.id, 'Milk')).seq).toBe(1)
  })
})

it('says everything that is wrong at once, and writes nothing', async () => {
  const before = await lastSeq(ada, room)
  const mentionIds = Array.from({ length: 101 }, () => bob.id)
  const elsewhere = (await seedGroup(world)).id
  const outcome = await trySend(ada, room.id, { text: 'a\0', mentionIds, replyToId: idAt(elsewhere, 1) })
  expect(outcome.issues!.map(({ path }) => path)).toEqual(['input.text', 'input.mentionIds', 'input.replyToId'])
  expect(await lastSeq(ada, room)).toBe(before)
})

it('two hundred by five people at once, on two nodes, come dense and in one order to every reader', async () => {
  const node = await createWorld({ databaseUrl: database.url })
  onTestFinished(node.stop)
  const persons = [ada, bob, eve, await seedPerson(world), await seedPerson(world)]
  const five = persons.map((person, place) => (place % 2 ? personOf(node, person) : person))
  const hall = await seedGroup(world, { owners: [ada], members: five.slice(1) })
  const follow = async (person: Person) => {
    const seen: number[] = []
    let after: string | undefined
    while (seen.length < 200) {
      const { edges, pageInfo } = await read(person, hall.id, { first: 100, after })
      seen.push(...edges.map(({ node }) => node.seq))
      after = pageInfo.endCursor ?? after
    }
    return seen
  }
  const readers = Promise.all(five.map(follow))
  const said = await Promise.all(five.flatMap((person) => Array.from({ length: 40 }, (_, n) => send(person, hall.id, `${n}`))))
  const all = Array.from({ length: 200 }, (_, n) => n + 1)
  expect(said.map(({ seq }) => seq).toSorted((one, other) => one - other)).toEqual(all)
  expect(await readers).toEqual(five.map(() => all))
})

it('a page that is read while people write has no holes and no doubles', async () => {
  const hall = await seedGroup(world, { owners: [ada], members: [bob] })
  await seedMessages(
    world,
    hall,
    Array.from({ length: 60 }, (_, n) => [bob, `${n}`] as const),
  )
  const seen: number[] = []
  for (let before: string | undefined; seen.length < 60; ) {
    const { edges, pageInfo } = await read(ada, hall.id, { last: 7, before })
    seen.unshift(...edges.map(({ node }) => node.seq))
    before = pageInfo.startCursor!
    await send(bob, hall.id, 'More')
  }
  expect(seen).toEqual(Array.from({ length: 60 }, (_, n) => n + 1))
})

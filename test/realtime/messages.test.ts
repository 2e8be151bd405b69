import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { spoil } from '../support/bus-faults.ts'
import { act } from '../support/channels.ts'
import { openStream } from '../support/event-stream.ts'
import { added, type Event, nextEvent } from '../support/live.ts'
import type { Person } from '../support/people.ts'
import { type SeededChannel, seedGroup, seedMessages, seedPerson, seedPublic } from '../support/seed.ts'
import type { Payload, TestSocket } from '../support/socket.ts'
import { edit, send } from '../support/talk.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let ada: Person
let bob: Person
let eve: Person
let room: SeededChannel
let mend = () => {}
beforeAll(async () => {
  world = await createWorld()
  ada = await seedPerson(world)
  bob = await seedPerson(world)
  eve = await seedPerson(world)
})
afterAll(() => world.stop())
const sockets: TestSocket[] = []
afterEach(async () => {
  mend()
  await Promise.all(sockets.splice(0).map((socket) => socket.close()))
})

const newRoom = async () => (room = await seedGroup(world, { owners: [ada], members: [bob, eve] }))
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)
const seqOf = (event: Event) => (event.message as { seq: number }).seq
const textOf = (event: Event) => (event.message as { text: string }).text

async function listen(
  person: Person,
  afterSeq?: number,
): Promise<{ socket: TestSocket; id: string; take: (count: number) => Promise<Event[]> }> {
  const socket = await person.connect()
  sockets.push(socket)
  const id = socket.start(added, { channelId: room.id, afterSeq })
  const take = async (count: number) => {
    const events: Event[] = []
    while (events.length < count) events.push(await nextEvent(socket, id, 'messageAdded'))
    return events
  }
  return { socket, id, take }
}

/** Once it hears: from then on what is said reaches it. */
async function listening(person: Person) {
  const listener = await listen(person, 0)
  const question = `Are you there, ${person.handle}?`
  await send(ada, room.id, question)
  const heard = await listener.take(1)
  while (textOf(heard.at(-1)!) !== question) heard.push(...(await listener.take(1)))
  return listener
}

/** How it ends: the code of its error. */
async function refusal(socket: TestSocket): Promise<string | undefined> {
  const { type, payload } = await socket.next()
  const errors = type === 'error' ? (payload as unknown as Payload['errors']) : payload?.errors
  return errors ? errors[0]!.extensions.code : JSON.stringify(payload)
}

describe('every message once and in order', () => {
  it('from where one is, while others write', async () => {
    await newRoom()
    await seedMessages(
      world,
      room,
      numbers(1, 450).map((n) => [ada, `old ${n}`] as const),
    )
    const writing = Promise.all(
      [ada, bob, eve].map(async (person) => {
        for (const n of numbers(1, 20)) await send(person, room.id, `${person.handle} ${n}`)
      }),
    )
    const [all, some] = [await listen(bob, 0), await listen(eve, 440)]
    expect((await all.take(510)).map(seqOf)).toEqual(numbers(1, 510))
    expect((await some.take(70)).map(seqOf)).toEqual(numbers(441, 510))
    await writing
    all.socket.nothingMore()
  })

  it('whatever the bus loses, repeats and turns around', async () => {
    await newRoom()
    const { take, socket } = await listening(bob)
    let n = 0
    mend = spoil(world, () => [{ times: 0 }, { times: 2 }, { afterMs: 30 }, { afterMs: 5 }, {}][n++ % 5]!)
    await Promise.all(numbers(1, 60).map((n) => send([ada, bob, eve][n % 3]!, room.id, `${n}`)))
    expect((await take(60)).map(seqOf)).toEqual(numbers(2, 61))
    mend()
    await send(ada, room.id, 'last')
    expect((await take(1)).map(textOf)).toEqual(['last'])
    socket.nothingMore()
  })

  it('within two sweeps where the bus brings nothing at all', async () => {
    await newRoom()
    const { take } = await listening(bob)
    mend = spoil(world, () => ({ times: 0 }))
    const before = performance.now()
    for (const n of numbers(1, 5)) await send(ada, room.id, `${n}`)
    expect((await take(5)).map(textOf)).toEqual(['1', '2', '3', '4', '5'])
    expect(performance.now() - before).toBeLessThan(2_500)
  })

  it('over server-sent events, too', async () => {
    await newRoom()
    await seedMessages(world, room, [
      [ada, 'one'],
      [ada, 'two'],
    ])
    const stream = await openStream(world.url, { query: added, variables: { channelId: room.id, afterSeq: 1 } }, { token: bob.token })
    const next = async () => textOf((await stream.next()).data!.data!.messageAdded as Event)
    expect(await next()).toBe('two')
    await send(ada, room.id, 'three')
    expect(await next()).toBe('three')
    stream.close()
  })
})

describe('whoever is no member any more', () => {
  const told: Record<string, () => Promise<unknown>> = {
    'was removed': () => act(ada, 'removeMember', { channelId: room.id, userId: bob.id }),
    left: () => act(bob, 'leaveChannel', { channelId: room.id }),
    'sees the channel deleted': () => act(ada, 'deleteChannel', { channelId: room.id }),
  }
  it.each(Object.keys(told))('%s: it ends with FORBIDDEN', async (name) => {
    await newRoom()
    const { socket } = await listening(bob)
    await told[name]!()
    expect(await refusal(socket)).toBe('FORBIDDEN')
  })

  it.each([
    ['is lost', { times: 0 }],
    ['comes late', { afterMs: 300 }],
  ])('hears nothing that is said after it, where the news of it %s', async (_, fate) => {
    await newRoom()
    const other = await listening(eve)
    const { socket } = await listening(bob)
    mend = spoil(world, (_topic, { type }) => (type === 'MemberLeft' ? fate : {}))
    await act(ada, 'removeMember', { channelId: room.id, userId: bob.id })
    await send(ada, room.id, 'secret')
    expect(await refusal(socket)).toBe('FORBIDDEN')
    socket.nothingMore()
    const heard = await other.take(3)
    expect(textOf(heard[2]!)).toBe('secret')
  })

  it('hears no change, either', async () => {
    await newRoom()
    const message = await send(ada, room.id, 'before')
    const socket = await bob.connect()
    sockets.push(socket)
    const id = socket.start('subscription ($id: ID!) { messageChanged(channelId: $id) { message { text } } }', { id: room.id })
    let hears = false
    const heard = socket.nextOf(id).then(() => (hears = true))
    for (let n = 0; !hears; n++) await edit(ada, message, { text: `Are you there? ${n}` })
    await heard
    mend = spoil(world, (_topic, { type }) => (type === 'MemberLeft' ? { times: 0 } : {}))
    await act(ada, 'removeMember', { channelId: room.id, userId: bob.id })
    await edit(ada, message, { text: 'secret' })
    for (;;) {
      const { type, payload } = await socket.next()
      if (type === 'error') break
      expect(JSON.stringify(payload)).not.toContain('secret')
    }
  })

  it('and is back without the history in between: the stream ends rather than leave a hole', async () => {
    await newRoom()
    const { socket } = await listening(bob)
    mend = spoil(world, () => ({ times: 0 }))
    await act(ada, 'removeMember', { channelId: room.id, userId: bob.id })
    await send(ada, room.id, 'secret')
    await act(ada, 'addMembers', { channelId: room.id, userIds: [bob.id] })
    mend()
    await send(ada, room.id, 'back')
    expect(await refusal(socket)).toBe('FORBIDDEN')
    const again = await listen(bob, 0)
    expect((await again.take(2)).map(textOf)).toEqual([expect.stringContaining('added'), 'back'])
  })

  it('cannot begin: a stranger before a GROUP, and before a PUBLIC channel', async () => {
    await newRoom()
    const stranger = await seedPerson(world)
    expect(await refusal((await listen(stranger, 0)).socket)).toBe('NOT_FOUND')
    room = await seedPublic(world, { owners: [ada] })
    expect(await refusal((await listen(stranger, 0)).socket)).toBe('FORBIDDEN')
    expect(await refusal((await listen(ada, -1)).socket)).toBe('INVALID_INPUT')
  })
})

it('a session that ends takes the socket with it', async () => {
  await newRoom()
  const person = await seedPerson(world)
  await act(ada, 'addMembers', { channelId: room.id, userIds: [person.id] })
  const { socket } = await listening(person)
  await act(person, 'deleteAccount', { password: person.password })
  expect((await socket.closed()).code).toBe(4403)
})

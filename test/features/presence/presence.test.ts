import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { act } from '../../support/channels.ts'
import { heldClock } from '../../support/clock.ts'
import { openStream } from '../../support/event-stream.ts'
import { type Person, query } from '../../support/people.ts'
import { keyOf, seedCrowd, seedDirect, seedGroup, seedMessages, seedPerson, seedPublic } from '../../support/seed.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'
import { openInbox, watch } from './watch.ts'

const clock = heldClock(new Date().toISOString())
let world: World
beforeAll(async () => void (world = await createWorld({ clock })))
afterAll(() => world.stop())

let ada: Person
let bob: Person
let eve: Person
beforeEach(async () => {
  ;[ada, bob, eve] = (await Promise.all(['ada', 'bob', 'eve'].map(() => seedPerson(world)))) as [Person, Person, Person]
})

type Seen = { status: string; lastActiveAt: string | null }
const see = async (person: Person, ...people: Person[]): Promise<Seen[]> =>
  (
    await query<{ nodes: { presence: Seen }[] }>(
      person.client,
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { presence { status lastActiveAt } } } }',
      { ids: people.map(({ id }) => id) },
    )
  ).nodes.map(({ presence }) => presence)
const sees = async (person: Person, other: Person) => (await see(person, other))[0]!.status
const minutes = (count: number) => clock.forward(count * 60_000)

describe('how someone is', () => {
  beforeEach(() => seedDirect(world, ada, bob))

  it('ONLINE with a socket, AWAY after five minutes without an operation, ONLINE with the next, over HTTP, too', async () => {
    expect(await sees(ada, bob)).toBe('OFFLINE')
    const socket = await bob.connect()
    await until(async () => (await sees(ada, bob)) === 'ONLINE')
    const watching = await watch(world.url, ada, bob)
    expect(await watching.next()).toBe(`${bob.handle} ONLINE`)
    minutes(4)
    await bob.client.send('{ viewer { email } }')
    minutes(4)
    await ada.client.send('{ viewer { email } }')
    expect(await sees(ada, bob)).toBe('ONLINE')
    minutes(1)
    expect(await watching.next()).toBe(`${bob.handle} AWAY`)
    await bob.client.send('{ viewer { email } }')
    expect(await watching.next()).toBe(`${bob.handle} ONLINE`)
    minutes(5)
    expect(await watching.next()).toBe(`${bob.handle} AWAY`)
    await socket.run('{ viewer { email } }')
    expect(await watching.next()).toBe(`${bob.handle} ONLINE`)
    await Promise.all([socket.close(), watching.socket.close()])
  })

  it('ONLINE with an event stream', async () => {
    const stream = await openStream(world.url, { query: 'subscription { inboxEvents { __typename } }' }, { token: bob.token })
    await until(async () => (await sees(ada, bob)) === 'ONLINE')
    expect(await sees(bob, bob)).toBe('ONLINE')
    stream.close()
  })

  it('not by an event stream that was refused', async () => {
    const { id } = await seedGroup(world, { owners: [ada] })
    const query = `subscription { messageAdded(channelId: "${id}") { cursor } }`
    const stream = await openStream(world.url, { query }, { token: bob.token })
    expect(await stream.next()).toMatchObject({ data: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
    await until(async () => (await see(ada, bob))[0]!.lastActiveAt !== null)
    expect(await sees(ada, bob)).toBe('OFFLINE')
  })

  it('OFFLINE without a connection, whatever they do, and when that was', async () => {
    const at = clock.now().toISOString()
    await bob.client.send('{ viewer { email } }')
    await until(async () => (await see(ada, bob))[0]!.lastActiveAt !== null)
    expect(await see(ada, bob)).toEqual([{ status: 'OFFLINE', lastActiveAt: at }])
  })
})

describe('who may know', () => {
  it('whoever shares a channel and oneself; to others everyone looks as if they were never here', async () => {
    await seedGroup(world, { owners: [ada], members: [bob], former: [eve] })
    const sockets = await Promise.all([ada, bob, eve].map((person) => person.connect()))
    await until(async () => (await sees(ada, bob)) === 'ONLINE' && (await sees(eve, eve)) === 'ONLINE')
    const never = { status: 'OFFLINE', lastActiveAt: null }
    expect(await see(ada, bob, eve, ada)).toMatchObject([{ status: 'ONLINE' }, never, { status: 'ONLINE' }])
    expect(await see(eve, ada, bob, eve)).toMatchObject([never, never, { status: 'ONLINE' }])
    await Promise.all(sockets.map((socket) => socket.close()))
  })

  it('costs one statement, however many are asked for', async () => {
    const channel = await seedPublic(world, { owners: [ada] })
    const ask = async () => {
      const { result, statements } = await world.statements(() =>
        query<{ channel: { members: { edges: unknown[] } } }>(
          ada.client,
          'query ($id: ID!) { channel(id: $id) { members(first: 100) { edges { node { user { presence { status } } } } } } }',
          { id: channel.id },
        ),
      )
      return {
        people: result.channel.members.edges.length,
        cost: statements.filter((text) => text.includes('theirs')).length,
        all: statements.length,
      }
    }
    await ask()
    await seedCrowd(world, channel, 2)
    const few = await ask()
    await seedCrowd(world, channel, 90)
    expect(await ask()).toEqual({ ...few, people: 93 })
    expect(few).toMatchObject({ people: 3, cost: 1 })
  })

  it('shows someone their own where they have just signed in', async () => {
    const { data } = await bob.client.send('{ viewer { user { presence { status } } } }')
    expect(data).toEqual({ viewer: { user: { presence: { status: 'OFFLINE' } } } })
  })

  it('in an event that many get: of who is in its channel, without an answer for each', async () => {
    const channel = await seedGroup(world, { owners: [ada], members: [bob], former: [eve] })
    const [seq] = await seedMessages(world, channel, [[eve, 'Before I left']])
    const sockets = await Promise.all([ada, eve].map((person) => person.connect()))
    await until(async () => (await sees(ada, ada)) === 'ONLINE' && (await sees(eve, eve)) === 'ONLINE')
    const socket = await bob.connect()
    const id = socket.start(
      'subscription ($id: ID!) { messageAdded(channelId: $id) { message { sender { presence { status } } replyTo { sender { handle presence { status lastActiveAt } } } } } }',
      { id: channel.id },
    )
    const replyToId = Buffer.from(`Message:${channel.key}:${seq}`).toString('base64url')
    const first = socket.nextOf(id)
    let heard = false
    void first.then(() => (heard = true))
    await until(async () => {
      await act(ada, 'sendMessage', { channelId: channel.id, text: 'Hello', clientId: crypto.randomUUID(), replyToId })
      return heard
    })
    expect(await first).toMatchObject({
      payload: {
        data: {
          messageAdded: {
            message: {
              sender: { presence: { status: 'ONLINE' } },
              replyTo: { sender: { handle: eve.handle, presence: { status: 'OFFLINE', lastActiveAt: null } } },
            },
          },
        },
      },
    })
    await Promise.all([...sockets, socket].map((each) => each.close()))
  })
})

describe('presenceChanged', () => {
  it('tells first how each of them is, once, then what changes', async () => {
    await seedGroup(world, { owners: [ada], members: [bob, eve] })
    const socket = await bob.connect()
    await until(async () => (await sees(ada, bob)) === 'ONLINE')
    const watching = await watch(world.url, ada, bob, eve, bob)
    expect([await watching.next(), await watching.next()]).toEqual([`${bob.handle} ONLINE`, `${eve.handle} OFFLINE`])
    const other = await eve.connect()
    expect(await watching.next()).toBe(`${eve.handle} ONLINE`)
    watching.socket.nothingMore()
    await Promise.all([socket, other, watching.socket].map((each) => each.close()))
  })

  it('is for at most 500 people with whom one shares a channel', async () => {
    const channel = await seedGroup(world, { owners: [ada], members: [bob], former: [eve] })
    const stranger = await seedPerson(world)
    const nobody = { id: Buffer.from(`User:${crypto.randomUUID()}`).toString('base64url') }
    for (const other of [eve, stranger, nobody, { id: 'nonsense' }, channel]) {
      const watching = await watch(world.url, ada, bob, other)
      expect(await watching.next()).toBe('NOT_FOUND')
      await watching.socket.close()
    }
    const crowd = (await seedCrowd(world, channel, 500)).map((key) => ({ id: Buffer.from(`User:${key}`).toString('base64url') }))
    const all = await watch(world.url, ada, ...crowd)
    for (let count = 0; count < 500; count++) expect(await all.next()).toMatch(/ OFFLINE$/)
    const tooMany = await watch(world.url, ada, ...crowd, bob)
    expect(await tooMany.next()).toBe('INVALID_INPUT')
    await Promise.all([all, tooMany].map(({ socket }) => socket.close()))
  })

  it('tells nothing more of who shares no channel any more', async () => {
    const channel = await seedGroup(world, { owners: [ada], members: [bob, eve] })
    await seedDirect(world, ada, eve)
    const watching = await watch(world.url, ada, bob, eve)
    await watching.next()
    await watching.next()
    await act(bob, 'leaveChannel', { channelId: channel.id })
    const sockets = [await bob.connect()]
    await until(async () => (await sees(bob, bob)) === 'ONLINE')
    sockets.push(await eve.connect())
    expect(await watching.next()).toBe(`${eve.handle} ONLINE`)
    watching.socket.nothingMore()
    await Promise.all([...sockets, watching.socket].map((each) => each.close()))
  })
})

describe('in an inbox', () => {
  it('comes once, of others only, however many channels are shared; not at all where it is not wanted', async () => {
    await seedGroup(world, { owners: [ada], members: [bob, eve] })
    await seedGroup(world, { owners: [bob], members: [ada] })
    const direct = await seedDirect(world, ada, bob)
    const without = await openInbox(world.url, ada, '(ephemeral: false)')
    const inbox = await openInbox(world.url, ada)
    const sockets = [await bob.connect()]
    expect(await inbox.next()).toBe(`${bob.handle} ONLINE`)
    sockets.push(await eve.connect())
    expect(await inbox.next()).toBe(`${eve.handle} ONLINE`)
    await act(bob, 'sendMessage', { channelId: direct.id, text: 'Hello', clientId: crypto.randomUUID() })
    expect(await without.next()).toBe('MessageAdded')
    await Promise.all([...sockets, inbox.socket, without.socket].map((each) => each.close()))
  })

  it('comes through no channel with more than 500 members', async () => {
    const channel = await seedPublic(world, { owners: [ada], members: [bob] })
    await seedCrowd(world, channel, 499)
    await seedDirect(world, ada, eve)
    const inbox = await openInbox(world.url, ada)
    const watching = await watch(world.url, ada, bob)
    expect(await watching.next()).toBe(`${bob.handle} OFFLINE`)
    const sockets = [await bob.connect()]
    expect(await watching.next()).toBe(`${bob.handle} ONLINE`)
    sockets.push(await eve.connect())
    expect(await inbox.next()).toBe(`${eve.handle} ONLINE`)
    await Promise.all([...sockets, inbox.socket, watching.socket].map((each) => each.close()))
  })

  it('tells of nobody whose account is gone', async () => {
    await seedDirect(world, ada, bob)
    const heard: unknown[] = []
    for (const { id } of [ada, bob]) await world.app.bus.subscribe(`presence.${keyOf(id)}`, (payload) => heard.push(payload))
    const sockets = [await bob.connect(), await ada.connect()]
    await until(() => heard.length === 2)
    await world.app.database.prisma.user.update({ where: { id: keyOf(bob.id) }, data: { deletedAt: new Date() } })
    minutes(5)
    await until(() => heard.length > 2)
    expect(heard.slice(2)).toMatchObject([{ userId: keyOf(ada.id), presence: { status: 'AWAY' } }])
    await Promise.all(sockets.map((socket) => socket.close()))
  })
})

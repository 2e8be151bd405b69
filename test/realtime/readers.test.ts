import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStream } from '../support/event-stream.ts'
import { added, inbox, nextEvent } from '../support/live.ts'
import type { Person } from '../support/people.ts'
import { type SeededChannel, seedGroup, seedMessages, seedPerson } from '../support/seed.ts'
import { until } from '../support/until.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let ada: Person
let bob: Person
let room: SeededChannel
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const fresh = async () => {
  ada = await seedPerson(world)
  bob = await seedPerson(world)
  room = await seedGroup(world, { owners: [ada], members: [bob] })
}
const topics = async () => Number(/^parley_topics (\d+)/m.exec(await (await fetch(`${world.url}/metrics`)).text())![1])
/** What is let go stays for a second: whoever comes back finds it. */
const nothingIsLeft = () => until(async () => (await topics()) === 0 && leftOnBus() === idle, 5_000)
const leftOnBus = () => world.app.bus.stats().topics
let idle = 0

describe('nothing stays of a subscription', () => {
  beforeAll(async () => {
    await fresh()
    idle = leftOnBus()
  })
  const documents = [
    [inbox, () => ({})],
    [added, () => ({ channelId: room.id, afterSeq: 0 })],
    [
      'subscription ($channelId: ID!) { messageChanged(channelId: $channelId) { message { receiptSummary { read } } } }',
      () => ({ channelId: room.id }),
    ],
    ['subscription ($channelId: ID!) { receiptUpdated(channelId: $channelId) { receipts { readSeq } } }', () => ({ channelId: room.id })],
  ] as const

  it('that is completed at once, or some moments later', async () => {
    const socket = await bob.connect()
    for (const [document, variables] of documents)
      for (const moments of [0, 0, 1, 2, 4, 8, 16, 32]) {
        const id = socket.start(document, variables())
        if (moments > 0) await new Promise((resolve) => setTimeout(resolve, moments))
        socket.complete(id)
      }
    await until(async () => (await topics()) === 0, 5_000)
    await socket.close()
    expect(await nothingIsLeft()).toBe(true)
  })

  it('whose socket goes, at whatever moment', async () => {
    for (const moments of [0, 1, 3, 10, 30]) {
      const socket = await bob.connect()
      for (const [document, variables] of documents) socket.start(document, variables())
      if (moments > 0) await new Promise((resolve) => setTimeout(resolve, moments))
      socket.ws.terminate()
    }
    expect(await nothingIsLeft()).toBe(true)
  })

  it('in the middle of what was missed', async () => {
    await seedMessages(
      world,
      room,
      Array.from({ length: 600 }, (_, n) => [ada, `old ${n}`] as const),
    )
    const socket = await bob.connect()
    const id = socket.start(added, { channelId: room.id, afterSeq: 0 })
    await nextEvent(socket, id, 'messageAdded')
    socket.ws.terminate()
    expect(await nothingIsLeft()).toBe(true)
  })

  it('over server-sent events', async () => {
    const stream = await openStream(world.url, { query: inbox }, { token: bob.token })
    await stream.next()
    stream.close()
    expect(await nothingIsLeft()).toBe(true)
  })

  it('whose session ends', async () => {
    const socket = await bob.connect()
    await nextEvent(socket, socket.start(inbox))
    await bob.client.send('mutation { signOut { __typename } }')
    expect((await socket.closed()).code).toBe(4403)
    expect(await nothingIsLeft()).toBe(true)
  })
})

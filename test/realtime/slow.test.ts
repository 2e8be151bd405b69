import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { act } from '../support/channels.ts'
import { added, cursorNow, inbox, nextEvent } from '../support/live.ts'
import type { Person } from '../support/people.ts'
import { type SeededChannel, seedGroup, seedMessages, seedPerson } from '../support/seed.ts'
import { connect } from '../support/socket.ts'
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
beforeEach(async () => {
  ;[ada, bob] = [await seedPerson(world), await seedPerson(world)]
  room = await seedGroup(world, { owners: [ada], members: [bob] })
})

const counted = async (name: string) =>
  Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${world.url}/metrics`)).text())![1])
const sockets = () => counted('parley_sockets')
const subscriptions = () => counted('parley_subscriptions')
const say = async (text: string) =>
  ((await act(ada, 'sendMessage', { channelId: room.id, text }, 'message { seq }')).message as { seq: number }).seq

/** The operating system takes some megabytes before anything waits here: each message comes in twenty-odd kilobytes. */
async function sayMuch(enough: () => Promise<boolean>): Promise<void> {
  const text = '€'.repeat(8_000)
  for (let said = 0; said < 1_200 && !(await enough()); said += 20) await Promise.all(Array.from({ length: 20 }, () => say(text)))
}

it('one slow reader costs one slow reader: it is cut off, and the others miss nothing', async () => {
  const quick = await bob.connect()
  const id = quick.start(added, { channelId: room.id, afterSeq: 0 })
  const slow = await bob.connect()
  await nextEvent(slow, slow.start(inbox))
  slow.ws.pause()
  await sayMuch(async () => (await sockets()) === 1)
  await until(async () => (await sockets()) === 1)
  const last = await say('last')
  for (let seq = 1; seq <= last; seq++) expect((await nextEvent(quick, id, 'messageAdded')).message).toMatchObject({ seq })
  slow.ws.resume()
  expect([4008, 1006]).toContain((await slow.closed()).code)
  await quick.close()
})

it('who reads again within a second is told why it ends, and where to go on from', async () => {
  const slow = await (await connect(world.url, { patienceMs: 10_000 })).init({ authorization: `Bearer ${bob.token}` })
  const id = slow.start(inbox)
  await nextEvent(slow, id)
  slow.ws.pause()
  let isFound = false
  const readsAgain = until(async () => (isFound = (await subscriptions()) === 0), 15_000).then(() => slow.ws.resume())
  await sayMuch(async () => isFound)
  await readsAgain
  expect((await slow.closed(10_000)).code).toBe(4008)
  let event = await nextEvent(slow, id)
  while (event.__typename !== 'ResyncRequired') event = await nextEvent(slow, id)
  expect(event).toMatchObject({ reason: 'SLOW_CONSUMER', cursor: expect.any(String) as string })
  slow.nothingMore()
})

it('over server-sent events, too: the connection breaks, and no other does', async () => {
  const quick = await bob.connect()
  const id = quick.start(added, { channelId: room.id, afterSeq: 0 })
  const asked = request(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${bob.token}` },
  })
  asked.end(JSON.stringify({ query: inbox }))
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const closed = new Promise((resolve) => response.on('error', () => {}).once('close', resolve))
  let heard = ''
  response.on('data', (chunk: Buffer) => (heard += String(chunk)))
  await until(async () => heard.includes('StreamReady'))
  response.pause()
  await sayMuch(async () => (await subscriptions()) === 1)
  await until(async () => (await subscriptions()) === 1)
  const last = await say('last')
  for (let seq = 1; seq <= last; seq++) expect((await nextEvent(quick, id, 'messageAdded')).message).toMatchObject({ seq })
  response.resume()
  await closed
  expect(response.complete).toBe(false)
  await quick.close()
})

it('who comes back to much is told all of it, on many subscriptions at once: that is not reading slowly', async () => {
  const text = '€'.repeat(8_000)
  const cursor = await cursorNow(world)
  const size = 8
  await seedMessages(
    world,
    room,
    Array.from({ length: size }, () => [ada, text] as const),
  )
  const socket = await (await connect(world.url, { patienceMs: 10_000 })).init({ authorization: `Bearer ${bob.token}` })
  const ids = Array.from({ length: 100 }, (_, place) =>
    place % 2 ? socket.start(added, { channelId: room.id, afterSeq: 0 }) : socket.start(inbox, { after: cursor }),
  )
  const heard = new Map(ids.map((id) => [id, 0]))
  while ([...heard.values()].some((count) => count < size)) {
    const { id, payload } = await socket.next()
    const { message } = Object.values(payload!.data!)[0] as { message?: object }
    if (message) heard.set(id!, heard.get(id!)! + 1)
  }
  expect(socket.ws.readyState).toBe(socket.ws.OPEN)
  await socket.close()
})

it('what happens while the past is told is kept up to a bound; beyond it, it comes with the past', async () => {
  const text = '€'.repeat(8_000)
  const cursor = await cursorNow(world)
  const size = 300
  await seedMessages(
    world,
    room,
    Array.from({ length: size }, () => [ada, text] as const),
  )
  const socket = await (await connect(world.url, { patienceMs: 10_000 })).init({ authorization: `Bearer ${bob.token}` })
  const id = socket.start(inbox.replaceAll('seq version text', 'seq version text again: text more: text'), { after: cursor })
  const first = await nextEvent(socket, id)
  socket.ws.pause()
  for (let said = 0; said < 14; said++) await say(text)
  await act(ada, 'updateProfile', { displayName: 'Countess' })
  const last = await say('last')
  socket.ws.resume()
  const events = [first]
  const seqs = () => events.filter(({ __typename: type }) => type === 'MessageAdded').map(({ message }) => (message as { seq: number }).seq)
  while (seqs().at(-1) !== last || !events.some(({ __typename: type }) => type === 'UserChanged')) events.push(await nextEvent(socket, id))
  expect(seqs()).toEqual(Array.from({ length: size + 15 }, (_, place) => place + 1))
  await socket.close()
})

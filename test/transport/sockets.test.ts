import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createEdge, type Edge } from '../support/edge.ts'
import { connect } from '../support/socket.ts'
import { until } from '../support/until.ts'

const edges: Edge[] = []
const edgeWith = async (...options: Parameters<typeof createEdge>) => {
  const edge = await createEdge(...options)
  edges.push(edge)
  return edge
}
afterEach(async () => void (await Promise.all(edges.splice(0).map(({ server }) => server.drain()))))

const ada = { authorization: 'Bearer of-ada' }
const bob = { authorization: 'Bearer of-bob' }

describe('sockets of one person', () => {
  test('are bounded; others, and the signed-out, are not affected', async () => {
    const { url } = await edgeWith({ limits: { socketsPerUser: 2 } })
    const first = await (await connect(url)).init(ada)
    await (await connect(url)).init(ada)
    const third = await connect(url)
    third.send({ type: 'connection_init', payload: ada })
    expect(await third.closed()).toEqual({ code: 4029, reason: 'At most 2 sockets at once. Close some first.' })
    await (await connect(url)).init(bob)
    for (const _ of [1, 2, 3]) await (await connect(url)).init()

    await first.close()
    await (await connect(url)).init(ada)
  })

  test('are bounded however fast they come', async () => {
    const { url } = await edgeWith({ limits: { socketsPerUser: 3 } })
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(url)))
    const outcomes = await Promise.all(
      sockets.map((socket) =>
        socket.init(ada).then(
          () => 'open',
          () => 'refused',
        ),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'open')).toHaveLength(3)
  })
})

test('operations of one socket at once are bounded: one too many ends alone', async () => {
  const { url, ticks } = await edgeWith({ limits: { socketSubscriptions: 3 } })
  const socket = await (await connect(url)).init(ada)
  const ids = [1, 2, 3].map(() => socket.start('subscription { tick }'))
  await until(() => ticks.listening() === 3)
  expect((await socket.run('subscription { tick }')).errors).toMatchObject([
    { extensions: { code: 'LIMIT_EXCEEDED', limit: 'subscriptions', max: 3 } },
  ])
  socket.complete(ids[0]!)
  await until(() => ticks.listening() === 2)
  socket.start('subscription { tick }')
  await until(() => ticks.listening() === 3)
})

describe('messages of one socket', () => {
  const flood = async (url: string, count: number) => {
    const socket = await (await connect(url)).init()
    for (let i = 0; i < count; i++) socket.send({ type: 'ping' })
    return socket
  }

  test('in too short a time end it', async () => {
    const { url } = await edgeWith({ rates: { socket: { amount: 20, windowMs: 60_000 } } })
    const within = await flood(url, 19)
    for (let i = 0; i < 19; i++) expect(await within.next()).toEqual({ type: 'pong' })
    within.send({ type: 'ping' })
    expect(await within.closed()).toMatchObject({ code: 4029, reason: expect.stringContaining('messages') })
  })

  test('are allowed again as time goes by', async () => {
    const { url } = await edgeWith({ rates: { socket: { amount: 5, windowMs: 100 } } })
    const socket = await flood(url, 4)
    for (let i = 0; i < 4; i++) await socket.next()
    await new Promise((resolve) => setTimeout(resolve, 110))
    for (let i = 0; i < 4; i++) {
      socket.send({ type: 'ping' })
      expect(await socket.next()).toEqual({ type: 'pong' })
    }
  })

  test('are not counted with RATE_LIMITS=off', async () => {
    const { url } = await edgeWith({ rateLimits: false, rates: { socket: { amount: 5, windowMs: 60_000 } } })
    const socket = await flood(url, 50)
    for (let i = 0; i < 50; i++) expect(await socket.next()).toEqual({ type: 'pong' })
  })

  test('that are too large end it with 1009', async () => {
    const { url } = await edgeWith({ limits: { socketPayloadBytes: 1_000 } })
    const socket = await (await connect(url)).init()
    socket.send({ type: 'ping', payload: { text: 'x'.repeat(900) } })
    expect(await socket.next()).toMatchObject({ type: 'pong' })
    socket.send({ type: 'ping', payload: { text: 'x'.repeat(1_000) } })
    expect(await socket.closed()).toMatchObject({ code: 1009 })
  })
})

test('permessage-deflate is not offered: it costs a quarter of a megabyte a socket', async () => {
  const { url } = await edgeWith()
  expect((await connect(url)).ws.extensions).toBe('')
})

test('a peer that is gone without a word is noticed', async () => {
  const { url, ticks } = await edgeWith({ timings: { ping: 50 } })
  const alive = await (await connect(url)).init(ada)
  const dead = await (await connect(url)).init(ada)
  for (const socket of [alive, dead]) socket.start('subscription { tick }')
  await until(() => ticks.listening() === 2)
  // It stops reading, so it answers no ping; nothing tells the server so.
  ;(dead.ws as unknown as { _socket: { pause(): void } })._socket.pause()
  await until(() => ticks.listening() === 1)
  expect(await alive.run('{ me }')).toEqual({ data: { me: 'ada' } })
})

test('whoever reads no answers is not heard, either, and found dead though they say that they are there', async () => {
  const { url } = await edgeWith({ timings: { ping: 400 }, rateLimits: false })
  const socket = await (await connect(url)).init(ada)
  const connection = (socket.ws as unknown as { _socket: Socket })._socket
  let isGone = false
  socket.ws.once('close', () => (isGone = true))
  connection.pause()
  // The operating systems of both take some megabytes.
  for (let said = 0; said < 1_000 && !isGone; said++) {
    socket.send({ type: 'ping', payload: { text: 'x'.repeat(60_000) } })
    socket.ws.pong()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await until(() => isGone)
  expect(connection.destroyed).toBe(true)
})

test('whoever reads them late is answered all of it', async () => {
  const { url } = await edgeWith({ rateLimits: false })
  const socket = await (await connect(url)).init(ada)
  socket.ws.pause()
  for (let said = 0; said < 400; said++) socket.send({ type: 'ping', payload: { said, text: 'x'.repeat(60_000) } })
  await new Promise((resolve) => setTimeout(resolve, 200))
  socket.ws.resume()
  for (let said = 0; said < 400; said++) expect(await socket.next()).toMatchObject({ type: 'pong', payload: { said } })
})

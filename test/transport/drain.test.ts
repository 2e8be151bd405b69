import { request } from 'node:http'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createClient } from '../support/client.ts'
import { createEdge } from '../support/edge.ts'
import { openStream } from '../support/event-stream.ts'
import { connect } from '../support/socket.ts'
import { until } from '../support/until.ts'

const ada = { authorization: 'Bearer of-ada' }

test('it is not ready at once, answers what still comes, and finishes what is under way', async () => {
  const edge = await createEdge({ production: true, timings: { readiness: 60_000, drainSpread: 300 } })
  const { send } = createClient(edge.url)
  expect((await fetch(`${edge.url}/readyz`)).status).toBe(200)
  const underWay = send('{ gate }')
  await edge.gate.reached

  const drained = edge.server.drain()
  const readiness = await fetch(`${edge.url}/readyz`)
  expect({ status: readiness.status, body: await readiness.text() }).toEqual({ status: 503, body: 'The server is going down.\n' })
  expect(readiness.headers.get('connection')).toBe('close')
  expect((await send('{ me }')).status).toBe(200)

  edge.gate.open()
  expect((await underWay).data).toEqual({ gate: true })
  await drained
  await expect(fetch(`${edge.url}/livez`)).rejects.toThrow('fetch failed')
})

test('new sockets are refused while others are being closed', async () => {
  const edge = await createEdge({ timings: { drainSpread: 400 } })
  const sockets = await Promise.all(Array.from({ length: 20 }, async () => (await connect(edge.url)).init()))
  const drained = edge.server.drain()
  const late = new WebSocket(`${edge.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const { message } = await new Promise<Error>((resolve) => late.once('error', resolve))
  expect(message).toContain('503')
  await drained
  for (const socket of sockets) expect(await socket.closed()).toMatchObject({ code: 1012 })
})

test('sockets are sent away one after another', async () => {
  const edge = await createEdge({ timings: { drainSpread: 400 } })
  const sockets = await Promise.all(Array.from({ length: 20 }, async () => (await connect(edge.url)).init()))
  const times: number[] = []
  const began = performance.now()
  const closed = Promise.all(sockets.map(async (socket) => times.push((await socket.closed(), performance.now() - began))))
  await edge.server.drain()
  await closed
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(250)
})

test('a mutation on a socket is answered before the socket closes', async () => {
  const edge = await createEdge()
  const busy = await (await connect(edge.url)).init(ada)
  const id = busy.start('mutation { gate }')
  await edge.gate.reached
  const idle = await (await connect(edge.url)).init(ada)
  const began = performance.now()
  const drained = edge.server.drain()
  expect(await idle.closed()).toMatchObject({ code: 1012 })
  busy.nothingMore()
  edge.gate.open()
  expect(await busy.nextOf(id)).toMatchObject({ payload: { data: { gate: true } } })
  expect(await busy.nextOf(id)).toMatchObject({ type: 'complete' })
  expect(await busy.closed()).toMatchObject({ code: 1012 })
  await drained
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('event streams are broken off, so that clients come back', async () => {
  const edge = await createEdge()
  const stream = await openStream(edge.url, { query: 'subscription { tick }' }, { token: 'of-ada' })
  await until(() => edge.ticks.listening() === 1)
  const began = performance.now()
  await edge.server.drain()
  expect(performance.now() - began).toBeLessThan(1_000)
  expect(await stream.closed()).toBe('broken')
  await until(() => edge.ticks.listening() === 0)
})

test('idle connections do not hold it up', async () => {
  const edge = await createEdge()
  await createClient(edge.url).send('{ me }')
  const began = performance.now()
  await edge.server.drain()
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('whoever does not go is cut off in the end', async () => {
  const edge = await createEdge({ timings: { drain: 300, drainSpread: 50 } })
  const socket = await (await connect(edge.url)).init()
  ;(socket.ws as unknown as { _socket: { pause(): void } })._socket.pause()
  const stuck = request(`${edge.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': '100' } })
  const broken = new Promise((resolve) => stuck.once('error', resolve))
  stuck.write('{')
  const held = createClient(edge.url).send('{ gate }')
  await edge.gate.reached

  const began = performance.now()
  await edge.server.drain()
  expect(performance.now() - began).toBeLessThan(1_500)
  await expect(held).rejects.toThrow('fetch failed')
  await broken
  edge.gate.open()
})

test('a second call is the first one', async () => {
  const edge = await createEdge()
  const first = edge.server.drain()
  expect(edge.server.drain()).toBe(first)
  await first
  expect(edge.server.drain()).toBe(first)
})

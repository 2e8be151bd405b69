import { afterEach, expect, test } from 'vitest'
import { createEdge, type Edge } from '../support/edge.ts'
import { openStream } from '../support/event-stream.ts'
import { until } from '../support/until.ts'

let edge: Edge
afterEach(() => edge.server.drain())

const tick = { query: 'subscription { tick }' }

test('a subscription’s events come as they happen', async () => {
  edge = await createEdge()
  const stream = await openStream(edge.url, tick, { token: 'of-ada' })
  expect(stream.status).toBe(200)
  expect(stream.headers['content-type']).toBe('text/event-stream')
  expect(stream.headers['x-accel-buffering']).toBe('no')
  await until(() => edge.ticks.listening() === 1)
  for (const value of [1, 2]) {
    edge.ticks.send(value)
    expect(await stream.next()).toEqual({ event: 'next', data: { data: { tick: value } } })
  }
  stream.close()
  await until(() => edge.ticks.listening() === 0)
})

test('a subscription that fails says why, masked, and ends', async () => {
  edge = await createEdge()
  const stream = await openStream(edge.url, tick, { token: 'of-ada' })
  await until(() => edge.ticks.listening() === 1)
  edge.ticks.send(new Error('secret detail'))
  const { data } = await stream.next()
  expect(data).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL', requestId: stream.headers['x-request-id'] } }] })
  expect(JSON.stringify(data)).not.toContain('secret')
  expect(await stream.next()).toMatchObject({ event: 'complete' })
})

test('a subscription that is refused says why, and ends', async () => {
  edge = await createEdge()
  const stream = await openStream(edge.url, tick)
  expect(await stream.next()).toMatchObject({ data: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } })
  expect(await stream.closed()).toBe('complete')
})

test('without text/event-stream in Accept a subscription is 406', async () => {
  edge = await createEdge()
  const stream = await openStream(edge.url, tick, { token: 'of-ada', headers: { accept: 'application/json' } })
  expect(stream.status).toBe(406)
  await until(() => edge.ticks.listening() === 0)
})

test('a client that left before its subscription began leaves nothing behind', async () => {
  edge = await createEdge()
  const leaving = new AbortController()
  const asked = fetch(`${edge.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { lateTick }' }),
    signal: leaving.signal,
  })
  await edge.gate.reached
  leaving.abort()
  await expect(asked).rejects.toThrow('aborted')
  await until(async () => (await edge.metrics.render()).body.includes('{route="/graphql",status="499"} 1'))
  edge.gate.open()
  await until(() => edge.ticks.opened() === 1)
  await until(() => edge.ticks.listening() === 0)
  expect(edge.ticks.listening()).toBe(0)
})

test('streams of one person at once are bounded', async () => {
  edge = await createEdge({ limits: { socketSubscriptions: 2 } })
  const open = (token: string) => openStream(edge.url, tick, { token })
  const [first] = await Promise.all([open('of-ada'), open('of-ada')])
  await until(() => edge.ticks.listening() === 2)
  expect(await (await open('of-ada')).next()).toMatchObject({
    data: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'subscriptions', max: 2 } }] },
  })
  await open('of-bob')
  await until(() => edge.ticks.listening() === 3)
  first.close()
  await until(() => edge.ticks.listening() === 2)
  await open('of-ada')
  await until(() => edge.ticks.listening() === 3)
})

test('a client that left before it was known who they are is not counted', async () => {
  edge = await createEdge({ limits: { socketSubscriptions: 1 } })
  edge.trouble.isSlow = true
  const leaving = new AbortController()
  const asked = fetch(`${edge.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: 'Bearer of-ada' },
    body: JSON.stringify(tick),
    signal: leaving.signal,
  })
  await edge.gate.reached
  edge.trouble.isSlow = false
  leaving.abort()
  await expect(asked).rejects.toThrow('aborted')
  await until(async () => (await edge.metrics.render()).body.includes('{route="/graphql",status="499"} 1'))
  edge.gate.open()
  const stream = await openStream(edge.url, tick, { token: 'of-ada' })
  await until(() => edge.ticks.listening() === 1)
  edge.ticks.send(1)
  expect(await stream.next()).toMatchObject({ data: { data: { tick: 1 } } })
})

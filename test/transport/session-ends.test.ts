import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createClient } from '../support/client.ts'
import { createEdge, type Edge } from '../support/edge.ts'
import { openStream } from '../support/event-stream.ts'
import { connect } from '../support/socket.ts'
import { until } from '../support/until.ts'

const ada = { authorization: 'Bearer of-ada' }
const bob = { authorization: 'Bearer of-bob' }
const tick = { query: 'subscription { tick }' }

let edge: Edge
afterEach(() => edge.server.drain())

describe('told that a session is over', () => {
  beforeEach(async () => void (edge = await createEdge({ timings: { sessionSweep: 60_000 } })))

  test('its sockets close at once, others stay', async () => {
    const sockets = await Promise.all([1, 2].map(async () => (await connect(edge.url)).init(ada)))
    const other = await (await connect(edge.url)).init(bob)
    sockets[0]!.start(tick.query)
    await until(() => edge.ticks.listening() === 1)

    edge.tokens.delete('of-ada')
    edge.server.endSessions(['session-of-ada', 'session-unknown'])
    for (const socket of sockets) expect(await socket.closed()).toEqual({ code: 4403, reason: 'The session has ended. Sign in again.' })
    expect(edge.ticks.listening()).toBe(0)
    expect(await other.run('{ me }')).toEqual({ data: { me: 'bob' } })
  })

  test('what is under way is answered first, and nothing else is heard or said', async () => {
    await edge.server.drain()
    edge = await createEdge({ timings: { sessionSweep: 60_000, socketGrace: 60_000 } })
    const socket = await (await connect(edge.url)).init(ada)
    socket.start(tick.query)
    await until(() => edge.ticks.listening() === 1)
    const id = socket.start('mutation { gate }')
    await edge.gate.reached

    edge.server.endSessions(['session-of-ada'])
    edge.ticks.send(1)
    socket.send({ type: 'ping' })
    await createClient(edge.url).send('{ me }')
    edge.gate.open()
    expect(await socket.next()).toEqual({ id, type: 'next', payload: { data: { gate: true } } })
    expect(await socket.next()).toEqual({ id, type: 'complete' })
    expect(await socket.closed()).toMatchObject({ code: 4403 })
    socket.nothingMore()
  })

  test('but not waited for', async () => {
    const socket = await (await connect(edge.url)).init(ada)
    socket.start('mutation { gate }')
    await edge.gate.reached
    edge.server.endSessions(['session-of-ada'])
    expect(await socket.closed()).toMatchObject({ code: 4403 })
    edge.gate.open()
  })

  test('its event streams end with the reason', async () => {
    const stream = await openStream(edge.url, tick, { token: 'of-ada' })
    const other = await openStream(edge.url, tick, { token: 'of-bob' })
    await until(() => edge.ticks.listening() === 2)
    edge.server.endSessions(['session-of-ada'])
    edge.ticks.send(1)
    expect(await stream.next()).toMatchObject({ event: 'next', data: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } })
    expect(await stream.next()).toMatchObject({ event: 'complete' })
    expect(await stream.closed()).toBe('complete')
    expect(await other.next()).toMatchObject({ data: { data: { tick: 1 } } })
    expect(edge.ticks.listening()).toBe(1)
    other.close()
  })
})

describe('not told', () => {
  beforeEach(async () => void (edge = await createEdge({ timings: { sessionSweep: 50 } })))

  test('it finds out by asking, while other sessions live on', async () => {
    const socket = await (await connect(edge.url)).init(ada)
    const stream = await openStream(edge.url, tick, { token: 'of-ada' })
    const other = await (await connect(edge.url)).init(bob)
    edge.tokens.delete('of-ada')
    expect(await socket.closed()).toMatchObject({ code: 4403 })
    expect(await stream.next()).toMatchObject({ data: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } })
    expect(await other.run('{ me }')).toEqual({ data: { me: 'bob' } })
  })

  test('it asks about what is open, and no longer about what is gone', async () => {
    const socket = await (await connect(edge.url)).init(ada)
    const stream = await openStream(edge.url, tick, { token: 'of-ada' })
    await (await connect(edge.url)).init(bob)
    await until(() => edge.ticks.listening() === 1)
    await until(() => edge.seen.sweeps.at(-1)?.length === 2)
    await socket.close()
    stream.close()
    await until(() => edge.seen.sweeps.at(-1)?.length === 1)
    expect(edge.seen.sweeps.at(-1)).toEqual(['session-of-bob'])
  })

  test('while the database is away everything stays open, and then it asks again', async () => {
    const socket = await (await connect(edge.url)).init(ada)
    edge.trouble.sessions = new Error('The database is away.')
    edge.tokens.delete('of-ada')
    const warnings = () => edge.lines.filter(({ message }) => message.includes('sessions are alive'))
    await until(() => warnings().length === 1)
    const asked = edge.seen.sweeps.length
    await until(() => edge.seen.sweeps.length > asked + 2)
    socket.send({ type: 'ping' })
    expect(await socket.next()).toEqual({ type: 'pong' })
    expect((await socket.run('{ me }')).errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }])
    expect(warnings()).toHaveLength(1)
    edge.trouble.sessions = null
    expect(await socket.closed()).toMatchObject({ code: 4403 })
  })
})

test('an operation on a socket whose session has ended is refused, and the socket goes', async () => {
  edge = await createEdge({ timings: { sessionSweep: 60_000 } })
  const socket = await (await connect(edge.url)).init(ada)
  edge.tokens.delete('of-ada')
  expect((await socket.run('{ me }')).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  expect(await socket.closed()).toMatchObject({ code: 4403 })
  expect((await createClient(edge.url, { token: 'of-ada' }).send('{ me }')).status).toBe(401)
})

test('an event stream that nobody reads is broken off when its session has ended', async () => {
  edge = await createEdge({ timings: { sessionSweep: 60_000 }, limits: { socketSubscriptions: 1 } })
  const asked = request(`${edge.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...ada },
  })
  asked.on('error', () => {}).end(JSON.stringify(tick))
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.on('error', () => {}).pause()
  await until(() => edge.ticks.listening() === 1)
  // More than the operating system takes.
  for (let said = 0; said < 200_000; said++) edge.ticks.send(said)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  edge.server.endSessions(['session-of-ada'])
  const isFree = async () => {
    const stream = await openStream(edge.url, tick, { token: 'of-ada' })
    const refused = Promise.race([stream.next().then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 100))])
    if (!(await refused)) return true
    stream.close()
    return false
  }
  await until(isFree, 4_000)
  expect(response.complete).toBe(false)
  asked.destroy()
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createEdge, type Edge } from '../support/edge.ts'
import { connect } from '../support/socket.ts'
import { until } from '../support/until.ts'

// What graphql-transport-ws says, message by message: https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md

let edge: Edge
beforeAll(async () => void (edge = await createEdge({ limits: { socketInitMs: 200 } })))
afterAll(() => edge.server.drain())

const ada = { authorization: 'Bearer of-ada' }

describe('opening', () => {
  test.each([null, 'graphql-ws', 'mqtt'])('with the subprotocol %j is refused with 4406', async (protocol) => {
    const socket = new WebSocket(`${edge.url.replace('http', 'ws')}/graphql`, protocol === null ? [] : [protocol])
    const code = await new Promise((resolve) => {
      socket.once('close', resolve)
      // ws gives up by itself on a server that chose none of its subprotocols.
      socket.once('error', (error) => resolve(error.message))
    })
    expect(code).toSatisfy((code) => code === 4406 || code === 'Server sent no subprotocol')
  })

  test('elsewhere than /graphql is refused', async () => {
    const socket = new WebSocket(`${edge.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws')
    const { message } = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(message).toContain('404')
  })

  test('without connection_init in time ends with 4408', async () => {
    const socket = await connect(edge.url)
    expect(await socket.closed()).toMatchObject({ code: 4408 })
  })

  test('with connection_init is acknowledged, and stays', async () => {
    const socket = await (await connect(edge.url)).init()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await socket.run('{ me }')).toEqual({ data: { me: null } })
    await socket.close()
  })

  test('with connection_init twice ends with 4429', async () => {
    const socket = await (await connect(edge.url)).init()
    socket.send({ type: 'connection_init' })
    expect(await socket.closed()).toMatchObject({ code: 4429 })
  })

  test('and subscribing before the acknowledgement ends with 4401', async () => {
    const socket = await connect(edge.url)
    socket.start('{ me }')
    expect(await socket.closed()).toMatchObject({ code: 4401 })
  })
})

describe('a message that is', () => {
  test.each([
    ['no JSON', '{'],
    ['no object', '5'],
    ['null', 'null'],
    ['of an unknown type', { type: 'hello' }],
    ['of no type', {}],
    ['of a type that only servers send in a broken form', { type: 'next' }],
    ['a subscribe without an id', { type: 'subscribe', payload: { query: '{ me }' } }],
    ['a subscribe without a query', { type: 'subscribe', id: '1', payload: {} }],
    ['a subscribe with a query that is no text', { type: 'subscribe', id: '1', payload: { query: 5 } }],
    ['a subscribe with variables that are none', { type: 'subscribe', id: '1', payload: { query: '{ me }', variables: 5 } }],
    ['a connection_init with a payload that is no object', { type: 'connection_init', payload: 'Bearer of-ada' }],
  ])('%s ends the socket with 4400', async (_name, message) => {
    const socket = await connect(edge.url)
    socket.send(message)
    expect(await socket.closed()).toMatchObject({ code: 4400 })
  })

  test('a ping is answered, with its payload', async () => {
    const socket = await (await connect(edge.url)).init()
    socket.send({ type: 'ping', payload: { now: 1 } })
    expect(await socket.next()).toEqual({ type: 'pong', payload: { now: 1 } })
    await socket.close()
  })
})

describe('operations', () => {
  test('of the same id at once end the socket with 4409', async () => {
    const socket = await (await connect(edge.url)).init(ada)
    const subscribe = { id: '1', type: 'subscribe', payload: { query: 'subscription { tick }' } }
    socket.send(subscribe)
    socket.send(subscribe)
    expect(await socket.closed()).toMatchObject({ code: 4409 })
  })

  test('of the same id one after another are fine', async () => {
    const socket = await (await connect(edge.url)).init()
    for (const _ of [1, 2]) {
      socket.send({ id: '__proto__', type: 'subscribe', payload: { query: '{ me }' } })
      expect(await socket.next()).toEqual({ id: '__proto__', type: 'next', payload: { data: { me: null } } })
      expect(await socket.next()).toEqual({ id: '__proto__', type: 'complete' })
    }
    await socket.close()
  })

  test('run beside each other', async () => {
    const socket = await (await connect(edge.url)).init()
    const slow = socket.start('{ gate }')
    await edge.gate.reached
    expect(await socket.run('{ me }')).toEqual({ data: { me: null } })
    edge.gate.open()
    expect(await socket.nextOf(slow)).toMatchObject({ payload: { data: { gate: true } } })
    await socket.close()
  })

  test.each([
    ['that can’t be parsed', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['that do not fit the schema', 'subscription { nope }', 'GRAPHQL_VALIDATION_FAILED'],
    ['that are not allowed', 'subscription { failing(why: "unauthenticated") }', 'UNAUTHENTICATED'],
    ['that fail', 'subscription { failing(why: "bug") }', 'INTERNAL'],
    ['that fail as expected', 'subscription { failing(why: "forbidden") }', 'FORBIDDEN'],
  ])('%s end alone: the others go on', async (_name, query, code) => {
    const socket = await (await connect(edge.url)).init(ada)
    const good = socket.start('subscription { tick }')
    await until(() => edge.ticks.listening() === 1)
    const { errors } = await socket.run(query)
    expect(errors).toMatchObject([{ extensions: { code } }])
    expect(errors![0]!.extensions).not.toHaveProperty('http')
    edge.ticks.send(1)
    expect(await socket.nextOf(good)).toMatchObject({ payload: { data: { tick: 1 } } })
    await socket.close()
    await until(() => edge.ticks.listening() === 0)
  })

  test('without a name, where one is needed, end alone', async () => {
    const socket = await (await connect(edge.url)).init()
    const both = 'query One { me } query Two { session }'
    expect((await socket.run(both)).errors).toMatchObject([
      { message: expect.stringContaining('operationName'), extensions: { code: 'BAD_REQUEST' } },
    ])
    expect((await socket.run(both, {}, { operationName: 'Three' })).errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }])
    expect(await socket.run(both, {}, { operationName: 'Two' })).toEqual({ data: { session: null } })
    await socket.close()
  })

  test('a stream that fails ends with its error, masked', async () => {
    const socket = await (await connect(edge.url)).init(ada)
    const id = socket.start('subscription { tick }')
    await until(() => edge.ticks.listening() === 1)
    edge.ticks.send(new Error('secret detail'))
    const { type, payload } = await socket.nextOf(id)
    expect(type).toBe('error')
    expect(payload).toMatchObject([{ extensions: { code: 'INTERNAL', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) } }])
    expect(JSON.stringify(payload)).not.toContain('secret')
    await socket.close()
  })

  test('complete ends a subscription, and nothing follows', async () => {
    const socket = await (await connect(edge.url)).init(ada)
    const id = socket.start('subscription { tick }')
    await until(() => edge.ticks.listening() === 1)
    socket.complete(id)
    await until(() => edge.ticks.listening() === 0)
    edge.ticks.send(1)
    expect(await socket.run('{ me }')).toEqual({ data: { me: 'ada' } })
    socket.nothingMore()
    await socket.close()
  })

  test('a socket that goes takes its subscriptions along', async () => {
    const socket = await (await connect(edge.url)).init(ada)
    for (const _ of [1, 2, 3]) socket.start('subscription { tick }')
    await until(() => edge.ticks.listening() === 3)
    socket.ws.terminate()
    await until(() => edge.ticks.listening() === 0)
    expect(await edge.metrics.render()).toMatchObject({ body: expect.stringContaining('\nparley_subscriptions 0\n') })
  })
})

test('graphql-ws’ own client is understood', async () => {
  const { createClient } = await import('graphql-ws')
  const client = createClient({
    url: `${edge.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: ada,
    retryAttempts: 0,
  })
  const events = client.iterate({ query: 'subscription { tick }' })
  const first = events.next()
  await until(() => edge.ticks.listening() === 1)
  edge.ticks.send(7)
  expect(await first).toEqual({ done: false, value: { data: { tick: 7 } } })
  await events.return!()
  await client.dispose()
})

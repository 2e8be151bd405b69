import { afterEach, expect, test } from 'vitest'
import { createClient } from '../support/client.ts'
import type { Obstacle } from '../../src/transport/health.ts'
import { createEdge, type Edge } from '../support/edge.ts'
import { connect } from '../support/socket.ts'
import { until } from '../support/until.ts'

let edge: Edge
afterEach(() => edge.server.drain())

const get = async (path: string) => {
  const response = await fetch(`${edge.url}${path}`)
  return { status: response.status, body: await response.text() }
}

const metric = async (name: string) => {
  const { body } = await get('/metrics')
  const line = body.split('\n').find((line) => line.startsWith(`${name} `))
  return line && Number(line.slice(name.length + 1))
}

test('/livez is about the process alone', async () => {
  edge = await createEdge({ readiness: async () => ({ part: 'database', reason: 'PostgreSQL does not answer.' }) })
  expect(await get('/livez')).toEqual({ status: 200, body: 'ok\n' })
  expect((await fetch(`${edge.url}/livez`, { method: 'HEAD' })).status).toBe(200)
  expect((await fetch(`${edge.url}/livez`, { method: 'POST' })).status).toBe(405)
})

test('/readyz says what is missing, and when it is back', async () => {
  let missing: Obstacle | null = null
  edge = await createEdge({ readiness: async () => missing, timings: { readiness: 0 } })
  expect(await get('/readyz')).toEqual({ status: 200, body: 'ok\n' })
  missing = { part: 'database', reason: 'PostgreSQL does not answer.' }
  await until(async () => (await get('/readyz')).status === 503)
  expect(await get('/readyz')).toEqual({ status: 503, body: 'PostgreSQL does not answer.\n' })
  missing = { part: 'bus', reason: 'Redis does not answer.' }
  await until(async () => (await get('/readyz')).body === 'Redis does not answer.\n')
  expect((await get('/readyz')).status).toBe(503)
  expect(await get('/readyz?optional=bus')).toEqual({ status: 200, body: 'Redis does not answer.\n' })
  missing = null
  await until(async () => (await get('/readyz')).body === 'ok\n')
})

test('/readyz turns a failing question into an answer', async () => {
  edge = await createEdge({ readiness: () => Promise.reject(new Error('No route.')) })
  expect(await get('/readyz')).toEqual({ status: 503, body: 'No route.\n' })
})

test('probes are no load: within a while there is one question, however many ask', async () => {
  let questions = 0
  edge = await createEdge({
    timings: { readiness: 60_000 },
    readiness: async () => {
      questions++
      return null
    },
  })
  await Promise.all(Array.from({ length: 20 }, () => get('/readyz')))
  await get('/readyz')
  expect(questions).toBe(1)
})

test('/metrics: the process, HTTP by route and status, operations by name and outcome', async () => {
  edge = await createEdge()
  const { send } = createClient(edge.url)
  await send('query WhoAmI { me }')
  await send('query WhoAmI { me }')
  await send('query Broken { fail(why: "bug") }')
  await send('{ nope }')
  await get('/nowhere/at/all')

  await until(async () => (await metric('parley_http_requests_total{route="/graphql",status="200"}')) === 3)
  expect(await metric('process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(await metric('parley_http_requests_total{route="/graphql",status="400"}')).toBe(1)
  expect(await metric('parley_http_requests_total{route="other",status="404"}')).toBe(1)
  expect(await metric('parley_graphql_operations_total{operation="WhoAmI",type="query",outcome="ok"}')).toBe(2)
  expect(await metric('parley_graphql_operations_total{operation="Broken",type="query",outcome="INTERNAL"}')).toBe(1)
  expect(await metric('parley_graphql_operations_total{operation="invalid",type="invalid",outcome="GRAPHQL_VALIDATION_FAILED"}')).toBe(1)
  expect(await metric('parley_graphql_operation_seconds_count{operation="WhoAmI",type="query"}')).toBe(2)
})

test('/metrics: sockets and subscriptions, until they are gone', async () => {
  edge = await createEdge()
  const socket = await (await connect(edge.url)).init({ authorization: 'Bearer of-ada' })
  socket.start('subscription { tick }')
  const failing = socket.start('subscription { tick }')
  await until(() => edge.ticks.listening() === 2)
  expect(await metric('parley_sockets')).toBe(1)
  expect(await metric('parley_subscriptions')).toBe(2)
  socket.complete(failing)
  await until(async () => (await metric('parley_subscriptions')) === 1)
  edge.ticks.send(new Error('broken'))
  await until(async () => (await metric('parley_subscriptions')) === 0)
  await socket.close()
  await until(async () => (await metric('parley_sockets')) === 0)
  expect(await metric('parley_sockets_closed_total{code="1000"}')).toBe(1)
})

test('/metrics: who left before there was an answer', async () => {
  edge = await createEdge()
  const leaving = new AbortController()
  const body = JSON.stringify({ query: '{ gate }' })
  const asked = fetch(`${edge.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: leaving.signal,
  })
  await edge.gate.reached
  leaving.abort()
  await expect(asked).rejects.toThrow('aborted')
  await until(async () => (await metric('parley_http_requests_total{route="/graphql",status="499"}')) === 1)
  edge.gate.open()
})

test('/metrics: clients can’t fill it with names', async () => {
  edge = await createEdge()
  const { send } = createClient(edge.url)
  await send(`query ${'x'.repeat(100)} { me }`)
  for (let i = 0; i < 250; i++) await send(`query Name${i} { me }`)
  const { body } = await get('/metrics')
  const names = new Set([...body.matchAll(/parley_graphql_operations_total\{operation="([^"]*)"/g)].map(([, name]) => name))
  expect(names.size).toBe(201)
  expect(names).toContain('other')
})

import { request } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CannotListen } from '../../src/transport/server.ts'
import { createClient } from '../support/client.ts'
import { createEdge, type Edge } from '../support/edge.ts'

let edge: Edge
beforeAll(async () => {
  edge = await createEdge({
    graphiql: false,
    limits: { bodyBytes: 2_000 },
    trustProxy: ['127.0.0.1', '10.0.0.0/8'],
    timings: { headers: 300, request: 600, connectionsCheck: 50 },
  })
})
afterAll(() => edge.server.drain())

const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(`${edge.url}/graphql`, { method: 'POST', headers, body })

const query = JSON.stringify({ query: '{ me }' })

describe('what is let in', () => {
  test.each([
    ['no content-type', { 'content-type': '' }],
    ['text/plain', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['application/graphql', { 'content-type': 'application/graphql' }],
    ['what only begins like JSON', { 'content-type': 'application/jsonp' }],
  ])('%s is 415', async (_name, headers) => {
    const response = await post(query, headers)
    expect(response.status).toBe(415)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])('%s is JSON', async (type) => {
    expect((await post(query, { 'content-type': type })).status).toBe(200)
  })

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('%s is 405 and says what to use', async (method) => {
    const response = await fetch(`${edge.url}/graphql?query={me}`, { method, headers: { accept: 'text/html' } })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST, OPTIONS')
  })

  test.each([3_000, 10_000_000])('a body of %d bytes is over the limit: 413, whether or not it says its length', async (length) => {
    const large = JSON.stringify({ query: '{ me }', variables: { text: 'x'.repeat(length) } })
    const told = await post(large)
    expect(told.status).toBe(413)
    expect(await told.json()).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'bytes', max: 2_000 } }] })

    const chunked = await fetch(`${edge.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(chunked.status).toBe(413)
    expect((await post(query)).status).toBe(200)
  })

  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '5'],
    ['a batch', `[${query},${query}]`],
    ['an unknown parameter', JSON.stringify({ query: '{ me }', extra: 1 })],
    ['a query of another type', JSON.stringify({ query: 5 })],
  ])('%s is 400, with a code and no detail of the parser', async (_name, body) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    const { errors } = (await response.json()) as { errors: { extensions: object }[] }
    expect(errors).toHaveLength(1)
    expect(errors[0]!.extensions).toEqual({ code: 'BAD_REQUEST' })
  })

  test('two operations need a name, and it must be one of them', async () => {
    const { send } = createClient(edge.url)
    const both = 'query One { me } query Two { session }'
    expect((await send(both)).errors![0]!.extensions.code).toBe('BAD_REQUEST')
    expect((await send(both, {}, { operationName: 'Three' })).errors![0]!.extensions.code).toBe('BAD_REQUEST')
    expect((await send(both, {}, { operationName: 'Two' })).data).toEqual({ session: null })
  })
})

describe('what every answer says', () => {
  test('nothing may be sniffed, framed or cached', async () => {
    const { headers } = await post(query)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-powered-by')).toBeNull()
  })

  test('a well-formed request id is kept, any other replaced', async () => {
    const idFor = async (given: string) =>
      (await post(query, { 'content-type': 'application/json', 'x-request-id': given })).headers.get('x-request-id')
    expect(await idFor('proxy-1.2:3')).toBe('proxy-1.2:3')
    for (const odd of ['with space', 'x'.repeat(200), '"quoted"']) expect(await idFor(odd)).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('other addresses are 404, in JSON', async () => {
    const response = await fetch(`${edge.url}/nowhere`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('/graphql'), extensions: { code: 'NOT_FOUND' } }],
    })
  })
})

describe('where it comes from', () => {
  const addressFor = async (forwarded?: string) => {
    const { data } = await createClient(edge.url, { headers: forwarded ? { 'x-forwarded-for': forwarded } : {} }).send(
      '{ device { ipAddress } }',
    )
    return (data as { device: { ipAddress: string } }).device.ipAddress
  }

  test('a trusted proxy is believed, its clients are not', async () => {
    expect(await addressFor()).toBe('127.0.0.1')
    expect(await addressFor('203.0.113.7')).toBe('203.0.113.7')
    expect(await addressFor('1.1.1.1, 203.0.113.7')).toBe('203.0.113.7')
    expect(await addressFor('203.0.113.7, 10.1.2.3')).toBe('203.0.113.7')
    expect(await addressFor('::ffff:203.0.113.7')).toBe('203.0.113.7')
    expect(await addressFor('2001:db8::1')).toBe('2001:db8::1')
    expect(await addressFor('nonsense, 10.1.2.3')).toBe('10.1.2.3')
  })

  test('without trust X-Forwarded-For says nothing', async () => {
    const other = await createEdge()
    const { data } = await createClient(other.url, { headers: { 'x-forwarded-for': '203.0.113.7' } }).send('{ device { ipAddress } }')
    expect(data).toEqual({ device: { ipAddress: '127.0.0.1' } })
    await other.server.drain()
  })
})

test('an offer of HTTP/2 is passed over, as Java’s client makes it with each request', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP__',
    }
    const asked = request(`${edge.url}/graphql`, { method: 'POST', headers }, (response) => resolve(response.resume().statusCode))
    asked.once('error', reject).end(query)
  })
  expect(status).toBe(200)
})

describe('slow senders', () => {
  const slowly = (text: string) =>
    new Promise<string>((resolve, reject) => {
      let heard = ''
      const connection = connectTcp(edge.port, '127.0.0.1', () => connection.write(text))
      connection
        .setEncoding('utf8')
        .on('data', (part: string) => (heard += part))
        .once('close', () => resolve(heard))
        .once('error', reject)
    })

  test.each([
    ['never finishes its headers', 'POST /graphql HTTP/1.1\r\nHost: x\r\n'],
    ['never finishes its body', 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'],
    ['says nothing at all', ''],
  ])('who %s is cut off', async (_name, text) => {
    expect(await slowly(text)).toMatch(/^(HTTP\/1.1 408 |$)/)
  })
})

test('a taken port is one line that says what to do', async () => {
  const other = createEdge({ port: edge.port })
  await expect(other).rejects.toThrow(CannotListen)
  await expect(other).rejects.toThrow(`Port ${edge.port} on 127.0.0.1 is taken. Stop what listens there, or set PORT to another one.`)
})

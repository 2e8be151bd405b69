import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoPassword, demoPeople } from '../../src/features/accounts/demo.ts'
import { costOf } from '../../src/graphql/cost.ts'
import { examples } from '../../src/graphql/examples.ts'
import { schema } from '../../src/graphql/schema.ts'
import { createEdge, type Edge } from '../support/edge.ts'

let edge: Edge
let production: Edge
beforeAll(async () => {
  edge = await createEdge()
  production = await createEdge({ graphiql: false })
})
afterAll(() => Promise.all([edge.server.drain(), production.server.drain()]))

/** As it comes over the wire: fetch would decompress it. */
const page = (headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }>((resolve, reject) => {
    const asked = request(`${edge.url}/graphql`, { headers: { accept: 'text/html,*/*', ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }))
    })
    asked.once('error', reject).end()
  })

test('it comes compressed, as the browser can read it, and is the same page', async () => {
  const plain = await page()
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(plain.headers['content-type']).toBe('text/html; charset=utf-8')
  const gzip = await page({ 'accept-encoding': 'gzip, deflate' })
  expect(gzip.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true)
  const br = await page({ 'accept-encoding': 'gzip, deflate, br' })
  expect(br.headers['content-encoding']).toBe('br')
  expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true)
  expect(br.body.length).toBeLessThan(plain.body.length / 3)
  expect((await page({ 'accept-encoding': 'gzip, br;q=0' })).headers['content-encoding']).toBe('gzip')
  for (const { headers } of [plain, gzip, br]) expect(headers.vary).toContain('Accept-Encoding')
})

test('and only once', async () => {
  const { headers } = await page({ 'accept-encoding': 'br' })
  const again = await page({ 'accept-encoding': 'br', 'if-none-match': String(headers.etag) })
  expect(again.status).toBe(304)
  expect(again.body.length).toBe(0)
  expect((await page({ 'accept-encoding': 'br', 'if-none-match': '"other"' })).status).toBe(200)
})

test('it asks no other host: nothing in it leads there, and the browser is told so', async () => {
  const { headers, body } = await page()
  const html = body.toString()
  expect(html).not.toMatch(/<(script|img|iframe|link)[^>]+(src|href)\s*=\s*["']?(https?:)?\/\//i)
  expect(html).not.toMatch(/url\(\s*["']?(https?:)?\/\//i)
  expect(html).not.toMatch(/@import\s+["']?(url\()?["']?(https?:)?\/\//i)
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("connect-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/https?:|\*/)
})

test('it subscribes over WebSocket, and brings the examples', async () => {
  const html = (await page()).body.toString()
  const options = JSON.parse(
    /YogaGraphiQL\.renderYogaGraphiQL\(\s*window\.document\.querySelector\('#root'\),\s*(\{.*\}),?\s*\)/.exec(html)![1]!,
  ) as object
  expect(options).toMatchObject({ subscriptionsProtocol: 'WS', defaultTabs: examples })
})

test('before it starts it is taught: tabs stay where they are clicked, nothing written goes into the address, a refused connection is tried again', async () => {
  const [head] = (await page()).body.toString().split('<body')
  const taught = head!.slice(head!.lastIndexOf('</style>', head!.lastIndexOf('</style>') - 1))
  expect(taught).toMatch(/\.graphiql-tab \{ transform: none !important \}/)
  expect(taught).toMatch(/<script>[^<]*history\.replaceState = [^<]*WebSocket\.prototype, 'onerror'[^<]*<\/script>\s*<\/head>\s*$/)
})

test('the address of the server leads there', async () => {
  const response = await fetch(edge.url, { redirect: 'manual' })
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe('/graphql')
})

test('it is only for browsers, and only where it is on', async () => {
  expect((await fetch(`${edge.url}/graphql`)).status).toBe(405)
  expect((await fetch(`${production.url}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(405)
  expect((await fetch(production.url)).status).toBe(404)
})

describe('the example', () => {
  test.each(examples.map(({ query }) => [/(?:query|mutation|subscription) (\w+)/.exec(query)![1], query] as const))(
    '%s fits the schema and the limits',
    (_name, query) => {
      const document = parse(query, { maxTokens: 1_000 })
      expect(validate(schema, document)).toEqual([])
      expect(costOf(schema, document)).toBeLessThan(5_000)
    },
  )

  test('of signing in names one of the demo people, and their password', () => {
    const { query } = examples.find(({ query }) => query.includes('mutation SignIn'))!
    expect(query).toContain(`login: "${demoPeople[0].handle}", password: "${demoPassword}"`)
  })
})

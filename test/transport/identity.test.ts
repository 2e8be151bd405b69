import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createClient } from '../support/client.ts'
import { createEdge, type Edge } from '../support/edge.ts'
import { connect } from '../support/socket.ts'

const allowed = 'https://app.example'
const stranger = 'https://evil.example'

let edge: Edge
beforeAll(async () => void (edge = await createEdge({ allowedOrigins: [allowed] })))
beforeEach(() => {
  edge.trouble.sessions = null
})
afterAll(() => edge.server.drain())

const me = '{ me }'

async function signedInBrowser(origin = allowed) {
  const browser = createClient(edge.url, { origin })
  await browser.send('mutation { signIn(token: "of-ada") }')
  return browser
}

describe('a bearer token', () => {
  test('says who is asking', async () => {
    expect((await createClient(edge.url, { token: 'of-ada' }).send(me)).data).toEqual({ me: 'ada' })
    expect((await createClient(edge.url, { headers: { authorization: 'bearer   of-ada' } }).send(me)).data).toEqual({ me: 'ada' })
  })

  test.each(['Bearer of-nobody', 'Bearer', 'Bearer a b', 'of-ada', 'Token of-ada'])('%j is refused', async (authorization) => {
    const answer = await createClient(edge.url, { headers: { authorization } }).send(me)
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(answer.data).toBeUndefined()
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('is refused with 200 where the client takes only application/json, as graphql-over-http has it', async () => {
    const { status, errors } = await createClient(edge.url, { token: 'of-nobody', headers: { accept: 'application/json' } }).send(me)
    expect(status).toBe(200)
    expect(errors![0]!.extensions.code).toBe('UNAUTHENTICATED')
  })

  test('wins over a cookie, also when it is dead', async () => {
    const browser = await signedInBrowser()
    expect((await browser.send(me, {}, { headers: { authorization: 'Bearer of-bob' } })).data).toEqual({ me: 'bob' })
    expect((await browser.send(me, {}, { headers: { authorization: 'Bearer of-nobody' } })).status).toBe(401)
  })

  test('Basic is a proxy’s own affair', async () => {
    const browser = await signedInBrowser()
    expect((await browser.send(me, {}, { headers: { authorization: 'Basic eDp5' } })).data).toEqual({ me: 'ada' })
  })
})

describe('a cookie', () => {
  test('is set and cleared by the resolvers', async () => {
    const browser = createClient(edge.url, { origin: allowed })
    const signedIn = await browser.send('mutation { signIn(token: "of-ada") }')
    expect(signedIn.headers.getSetCookie()).toEqual(['parley_session=of-ada; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax'])
    expect((await browser.send(me)).data).toEqual({ me: 'ada' })
    await browser.send('mutation { signOut }')
    expect(browser.cookies.size).toBe(0)
  })

  test('is bound to host and scheme on https', async () => {
    const secure = await createEdge({ publicUrl: 'https://chat.example', allowedOrigins: ['https://chat.example'] })
    const browser = createClient(secure.url, { origin: 'https://chat.example' })
    const { headers } = await browser.send('mutation { signIn(token: "of-ada") }')
    expect(headers.getSetCookie()).toEqual(['__Host-parley_session=of-ada; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax; Secure'])
    expect((await browser.send(me)).data).toEqual({ me: 'ada' })
    const plain = await createClient(secure.url).send(
      me,
      {},
      { headers: { origin: 'https://chat.example', cookie: 'parley_session=of-ada' } },
    )
    expect(plain.data).toEqual({ me: null })
    await secure.server.drain()
  })

  test.each([
    ['no origin', {}],
    ['a strange origin', { origin: stranger }],
    ['an origin that only begins right', { origin: `${allowed}.evil.example` }],
    ['the same host on another scheme', { origin: 'http://app.example' }],
    ['a page in a sandbox', { origin: 'null' }],
  ])('counts for nothing with %s', async (_name, headers) => {
    const { data, status } = await createClient(edge.url).send(me, {}, { headers: { cookie: 'parley_session=of-ada', ...headers } })
    expect({ status, data }).toEqual({ status: 200, data: { me: null } })
  })

  test('is found among others', async () => {
    const cookie = 'a=b; xparley_session=of-bob; parley_session=of-ada; c'
    expect((await createClient(edge.url).send(me, {}, { headers: { cookie, origin: allowed } })).data).toEqual({ me: 'ada' })
  })

  test('that is dead is signed out, and cleared', async () => {
    const browser = createClient(edge.url, { origin: allowed })
    browser.cookies.set('parley_session', 'of-nobody')
    expect(await browser.send(me)).toMatchObject({ status: 200, data: { me: null } })
    expect(browser.cookies.size).toBe(0)
  })
})

describe('pages of other origins', () => {
  test('of the list: may call with cookies', async () => {
    const preflight = await fetch(`${edge.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: allowed, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(allowed)
    expect(preflight.headers.get('access-control-allow-credentials')).toBe('true')
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST')
    expect(preflight.headers.get('access-control-allow-headers')!.toLowerCase()).toContain('authorization')
    expect(preflight.headers.get('vary')).toContain('Origin')

    const { headers } = await createClient(edge.url, { origin: allowed }).send(me)
    expect(headers.get('access-control-allow-origin')).toBe(allowed)
    expect(headers.get('vary')).toContain('Origin')
  })

  test.each([stranger, 'null', `${allowed}:8443`])('%s: nothing is allowed, nothing reflected', async (origin) => {
    for (const method of ['OPTIONS', 'POST']) {
      const { headers } = await fetch(`${edge.url}/graphql`, { method, headers: { origin, 'access-control-request-method': 'POST' } })
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
      expect(headers.get('vary')).toContain('Origin')
    }
  })

  test('a server that listens to this machine alone takes its own pages under each of its names', async () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      const { data } = await createClient(edge.url).send(
        me,
        {},
        { headers: { origin: `http://${host}:${edge.port}`, cookie: 'parley_session=of-ada' } },
      )
      expect(data).toEqual({ me: 'ada' })
    }
  })
})

describe('on a socket', () => {
  const cookie = 'parley_session=of-ada'

  test('the token of connection_init says who is asking, however its name is written', async () => {
    for (const name of ['authorization', 'Authorization']) {
      const socket = await (await connect(edge.url)).init({ [name]: 'Bearer of-ada' })
      expect(await socket.run(me)).toEqual({ data: { me: 'ada' } })
      await socket.close()
    }
  })

  test('without one it is signed out', async () => {
    const socket = await (await connect(edge.url)).init()
    expect(await socket.run(me)).toEqual({ data: { me: null } })
    await socket.close()
  })

  test.each(['Bearer of-nobody', 'of-ada', 5, ['Bearer of-ada'], { token: 'of-ada' }])('%j is refused with 4403', async (authorization) => {
    const socket = await connect(edge.url)
    socket.send({ type: 'connection_init', payload: { authorization } })
    expect(await socket.closed()).toMatchObject({ code: 4403, reason: expect.stringContaining('token') })
  })

  test('the cookie counts with an allowed origin', async () => {
    const socket = await (await connect(edge.url, { cookie, origin: allowed })).init()
    expect(await socket.run(me)).toEqual({ data: { me: 'ada' } })
    await socket.close()
  })

  test.each([undefined, stranger, 'null'])('and for nothing with the origin %j', async (origin) => {
    const socket = await (await connect(edge.url, { cookie, origin })).init()
    expect(await socket.run(me)).toEqual({ data: { me: null } })
    await socket.close()
  })

  test('a token wins over the cookie, also when it is dead', async () => {
    const socket = await (await connect(edge.url, { cookie, origin: allowed })).init({ authorization: 'Bearer of-bob' })
    expect(await socket.run(me)).toEqual({ data: { me: 'bob' } })
    await socket.close()
    const refused = await connect(edge.url, { cookie, origin: allowed })
    refused.send({ type: 'connection_init', payload: { authorization: 'Bearer of-nobody' } })
    expect(await refused.closed()).toMatchObject({ code: 4403 })
  })

  test('while sessions can’t be looked up it is told to come back', async () => {
    edge.trouble.sessions = new Error('The database is away.')
    const socket = await connect(edge.url)
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer of-ada' } })
    expect(await socket.closed()).toMatchObject({ code: 1013 })
  })
})

test('while sessions can’t be looked up, HTTP says so', async () => {
  edge.trouble.sessions = new Error('The database is away.')
  expect(await createClient(edge.url, { token: 'of-ada' }).send(me)).toMatchObject({
    status: 503,
    errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
  })
})

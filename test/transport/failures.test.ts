import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../support/client.ts'
import { createEdge, type Edge } from '../support/edge.ts'
import { wires } from '../support/wires.ts'

let edge: Edge
beforeAll(async () => void (edge = await createEdge()))
afterAll(() => edge.server.drain())

describe.each(wires)('over $wire', ({ run }) => {
  const failing = (why: string, field = 'fail') => run(edge.url, { query: `query Failing { ${field}(why: "${why}") }` })

  test.each(['bug', 'graphql'])('a bug (%s) is hidden, logged under its request id, and counted', async (why) => {
    edge.lines.length = 0
    const before = await bugs()
    const { data, errors } = await failing(why)
    expect(data).toEqual({ fail: null })
    expect(errors).toHaveLength(1)
    const { message, path, extensions } = errors![0]!
    expect(path).toEqual(['fail'])
    expect(Object.keys(extensions).toSorted()).toEqual(['code', 'requestId'])
    expect(extensions.code).toBe('INTERNAL')
    expect(message).toContain(extensions.requestId)
    expect(JSON.stringify(errors)).not.toContain('secret')

    const logged = edge.lines.filter(({ level }) => level === 'error')
    expect(logged).toMatchObject([
      { fields: { requestId: extensions.requestId, operation: 'Failing', error: { message: 'secret detail' } } },
    ])
    expect(await bugs()).toBe(before + 1)
  })

  test('so is one that takes the whole answer with it', async () => {
    const { data, errors } = await failing('bug', 'failHard')
    expect(data).toBeNull()
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL' } }])
  })

  test('so is a value that its type can’t hold', async () => {
    const { errors } = await run(edge.url, { query: '{ wrongType }' })
    expect(errors).toMatchObject([{ path: ['wrongType'], extensions: { code: 'INTERNAL' } }])
    expect(JSON.stringify(errors)).not.toContain('secret')
  })

  test.each([
    ['forbidden', { code: 'FORBIDDEN' }, 'Not you.'],
    ['invalid', { code: 'INVALID_INPUT', issues: [{ path: 'why', reason: 'No.' }] }, 'why: No.'],
    ['often', { code: 'RATE_LIMITED', retryAfterMs: 1_500 }, expect.stringContaining('2 s')],
    ['credentials', { code: 'UNAUTHENTICATED' }, 'No such person.'],
    ['unauthenticated', { code: 'UNAUTHENTICATED' }, expect.stringContaining('Sign in')],
  ])('what is expected (%s) keeps its code, its words and its data', async (why, extensions, message) => {
    edge.lines.length = 0
    const { errors } = await failing(why)
    expect(errors).toMatchObject([{ message, path: ['fail'] }])
    expect(errors![0]!.extensions).toEqual(extensions)
    expect(edge.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  test('a dependency that is away is said, and is no bug', async () => {
    edge.lines.length = 0
    const { errors } = await failing('away')
    expect(errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }])
    expect(JSON.stringify(errors)).not.toContain('database')
    expect(edge.lines.filter(({ level }) => level === 'error')).toEqual([])
    expect(edge.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  test('variables that do not fit are the client’s mistake', async () => {
    const { errors } = await run(edge.url, { query: 'query ($n: Int!) { echo(number: $n) }', variables: { n: 'many' } })
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/^Variable "\$n": Int cannot represent/), extensions: { code: 'BAD_REQUEST' } },
    ])
    expect(errors![0]!.extensions).toEqual({ code: 'BAD_REQUEST' })
  })

  test('and of what else is in them nothing is said', async () => {
    const query = 'query ($pair: Pair) { echo(pair: $pair) }'
    const wrong = async (pair: object) => (await run(edge.url, { query, variables: { pair } })).errors?.map(({ message }) => message)
    expect(await wrong({ password: 'secret', left: '"; at "' })).toEqual([
      'Variable "$pair.left": Int cannot represent non-integer value: "\\"; at \\""',
    ])
    expect(await wrong({ password: 'secret' })).toEqual(['Variable "$pair": Field "left" of required type "Int!" was not provided.'])
  })

  test('an argument that only its variable makes wrong, too', async () => {
    const { errors } = await run(edge.url, { query: 'query ($why: String = "bug") { fail(why: $why) }', variables: { why: null } })
    expect(errors).toMatchObject([{ path: ['fail'], extensions: { code: 'BAD_REQUEST' } }])
  })
})

test('the request id of a bug is the one in the answer’s header', async () => {
  const { headers, errors } = await createClient(edge.url, { headers: { 'x-request-id': 'mine-1' } }).send('{ fail(why: "bug") }')
  expect(headers.get('x-request-id')).toBe('mine-1')
  expect(errors![0]!.extensions.requestId).toBe('mine-1')
})

test('neither texts nor variables are logged', async () => {
  edge.lines.length = 0
  const { send } = createClient(edge.url, { token: 'of-ada' })
  await send('query ($text: String) { echo(text: $text) }', { text: 'a private text' })
  await send('query ($text: String!) { echo(text: $text) fail(why: "bug") }', { text: 'a private text' })
  await send('{ echo(text: "a private text") nope }')
  expect(edge.lines.length).toBeGreaterThan(0)
  expect(JSON.stringify(edge.lines)).not.toMatch(/a private text|of-ada/)
})

const bugs = async () => Number(/^parley_graphql_bugs_total (\d+)$/m.exec((await edge.metrics.render()).body)?.[1] ?? 0)

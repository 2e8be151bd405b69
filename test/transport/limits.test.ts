import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEdge, type Edge } from '../support/edge.ts'
import { wires } from '../support/wires.ts'

let edge: Edge
let production: Edge
beforeAll(async () => {
  edge = await createEdge({ limits: { operationMs: 300 } })
  production = await createEdge({ introspection: false })
})
afterAll(() => Promise.all([edge.server.drain(), production.server.drain()]))

const nested = (depth: number) => `{ ${'item { '.repeat(depth - 1)} id ${'}'.repeat(depth - 1)} }`
const times = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, index) => text(index)).join(' ')

describe.each(wires)('over $wire', ({ run }) => {
  const code = async (query: string, variables?: Record<string, unknown>) => {
    const { errors } = await run(edge.url, { query, variables })
    return errors?.map(({ extensions: { code, limit, max } }) => ({ code, limit, max })) ?? 'fine'
  }

  test('tokens', async () => {
    const inline = (count: number) => `{ ${times(count, () => '... { me }')} me }`
    expect(await code(inline(249))).toBe('fine')
    expect(await code(inline(250))).toEqual([{ code: 'LIMIT_EXCEEDED', limit: 'tokens', max: 1_000 }])
  })

  test('depth, through fragments too', async () => {
    expect(await code(nested(10))).toBe('fine')
    expect(await code(nested(11))).toEqual([{ code: 'LIMIT_EXCEEDED', limit: 'depth', max: 10 }])
    const chain = (links: number) =>
      `{ item { ...F0 } } ${times(links, (i) => `fragment F${i} on Item { item { ...F${i + 1} } }`)} fragment F${links} on Item { ... { id } }`
    expect(await code(chain(8))).toBe('fine')
    expect(await code(chain(9))).toEqual([{ code: 'LIMIT_EXCEEDED', limit: 'depth', max: 10 }])
  })

  test('aliases', async () => {
    expect(await code(`{ ${times(15, (i) => `a${i}: me`)} }`)).toBe('fine')
    expect(await code(`{ ${times(16, (i) => `a${i}: me`)} }`)).toEqual([{ code: 'LIMIT_EXCEEDED', limit: 'aliases', max: 15 }])
    expect(await code(`{ ${times(8, (i) => `a${i}: me`)} ...F } fragment F on Query { ${times(8, (i) => `b${i}: __typename`)} }`)).toEqual([
      { code: 'LIMIT_EXCEEDED', limit: 'aliases', max: 15 },
    ])
  })

  test('mutations of one operation', async () => {
    const mutations = (count: number) => times(count, (i) => `m${i}: add`)
    expect(await code(`mutation { __typename ${mutations(3)} }`)).toBe('fine')
    expect(await code(`mutation { ${mutations(4)} }`)).toEqual([{ code: 'LIMIT_EXCEEDED', limit: 'mutations', max: 3 }])
    expect(await code(`mutation { ...M ... { m3: add } } fragment M on Mutation { ${mutations(3)} }`)).toEqual([
      { code: 'LIMIT_EXCEEDED', limit: 'mutations', max: 3 },
    ])
  })

  test('cost, as the variables make it', async () => {
    const query = 'query ($n: Int) { page(first: $n) { edges { node { page(first: $n) { nodes { id } } } } } }'
    expect(await code(query, { n: 69 })).toBe('fine')
    expect(await code(query, { n: 70 })).toEqual([{ code: 'LIMIT_EXCEEDED', limit: 'cost', max: 5_000 }])
  })

  test('the cost is told to those who ask', async () => {
    const query = '{ page(first: 20) { edges { node { id } } } }'
    expect(await run(edge.url, { query, extensions: { cost: true } })).toMatchObject({ extensions: { cost: 41 } })
    expect(await run(edge.url, { query })).not.toHaveProperty('extensions')
    const tooMuch = '{ page(first: 100) { nodes { page(first: 100) { nodes { id } } } } }'
    expect(await run(edge.url, { query: tooMuch, extensions: { cost: true } })).toMatchObject({
      errors: [{ extensions: { cost: 10_201, max: 5_000 } }],
      extensions: { cost: 10_201 },
    })
  })

  test('time: the operation is given up, and what has not begun never does', async () => {
    const { data, errors } = await run(edge.url, { query: 'mutation { gate add(text: "too late") }' })
    expect(errors).toMatchObject([{ message: expect.stringContaining('0.3 s'), extensions: { code: 'TIMEOUT' } }])
    expect(data).toBeUndefined()
    edge.gate.open()
    expect(await run(edge.url, { query: 'mutation { add(text: "in time") }' })).toMatchObject({ data: { add: 'in time' } })
    expect(edge.seen.added).not.toContain('too late')
  })

  test('several at once are named together', async () => {
    expect(await code(`{ ${times(16, (i) => `a${i}: me`)} ${nested(11).slice(1)}`)).toHaveLength(2)
  })

  test('fragments in a circle end quickly, in an error', async () => {
    const circle = '{ item { ...A } } fragment A on Item { item { ...B } } fragment B on Item { item { ...A } }'
    expect(await code(circle)).toEqual([{ code: 'GRAPHQL_VALIDATION_FAILED' }])
    expect(await code('mutation { ...A } fragment A on Mutation { ...A }')).toEqual([{ code: 'GRAPHQL_VALIDATION_FAILED' }])
  })

  test('introspection keeps within all of them, and to its own depth', async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, directiveIsRepeatable: true, oneOf: true })
    expect(await run(edge.url, { query })).toMatchObject({ data: { __schema: { queryType: { name: 'Query' } } } })
    const deep = '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }'
    expect(await code(deep)).toEqual([{ code: 'GRAPHQL_VALIDATION_FAILED' }])
  })

  test('introspection, and hints at names, are off in production', async () => {
    const asked = await run(production.url, { query: getIntrospectionQuery() })
    expect(asked.data).toBeUndefined()
    expect(asked.errors![0]!.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')

    const nearMisses = ['{ mee }', '{ echo(txt: "x") }', '{ item { ... on Itm { id } } }', 'query ($x: Strng) { echo(text: $x) }']
    for (const query of nearMisses) {
      expect(JSON.stringify(await run(edge.url, { query }))).toContain('Did you mean')
      expect(JSON.stringify(await run(production.url, { query }))).not.toContain('Did you mean')
    }

    const nearMiss = { query: 'query ($pair: Pair) { echo(pair: $pair) }', variables: { pair: { left: 1, pasword: 'x' } } }
    const says = 'Variable "$pair": Field "pasword" is not defined by type "Pair".'
    expect((await run(edge.url, nearMiss)).errors).toMatchObject([{ message: `${says} Did you mean "password"?` }])
    expect((await run(production.url, nearMiss)).errors).toMatchObject([{ message: says }])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mutate, type Person, query, signUp } from '../../support/people.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
beforeAll(async () => {
  world = await createWorld()
  ada = await signUp(world, 'ada', { displayName: 'Ada Lovelace' })
  const others: [string, string][] = [
    ['grace', 'Grace Hopper'],
    ['grandma', 'Maria O’Hop'],
    ['hop_along', 'William Boyd'],
    ['hopalong', 'Cassidy'],
    ['percent', '100% Real'],
    ['zoe', 'Zoë Ångström'],
    ['dash', 'C:\\Users'],
  ]
  for (const [handle, displayName] of others) await signUp(world, handle, { displayName })
})
afterAll(() => world.stop())

type Page = {
  edges: { cursor: string; node: { handle: string } }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
}
const everyone = ['ada', 'dash', 'grace', 'grandma', 'hop_along', 'hopalong', 'percent', 'zoe']

async function page(args: object): Promise<Page> {
  const names = 'search: String, first: Int, after: String, last: Int, before: String'
  const document = `query (${names.replaceAll(/(\w+):/g, '$$$1:')}) {
    users(search: $search, first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { handle } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`
  return (await query<{ users: Page }>(ada.client, document, { ...args })).users
}
const handles = async (args: object) => (await page(args)).edges.map(({ node }) => node.handle)
/** Where only one of two may be given, the second one is the mistake. */
const mistakes = (args: object) => Object.keys(args).filter((name) => !(name === 'first' && 'last' in args))
const found = (search: string) => handles({ search })

describe('the search', () => {
  it.each([
    ['hop', ['grace', 'hop_along', 'hopalong']],
    ['HOP', ['grace', 'hop_along', 'hopalong']],
    ['@hop', ['grace', 'hop_along', 'hopalong']],
    ['hop_', ['hop_along']],
    ['h', ['grace', 'hop_along', 'hopalong']],
    ['grace h', ['grace']],
    ['lovelace', ['ada']],
    ['ovelace', []],
    ['100%', ['percent']],
    ['%', []],
    ['_', []],
    ['\\', []],
    ['c:\\u', ['dash']],
    ['zo', ['zoe']],
    ['zoë', ['zoe']],
    ['ZOË', ['zoe']],
    ['ångs', ['zoe']],
    ['ÅNGS', ['zoe']],
    ['nobody', []],
    ['', everyone],
    ['   ', everyone],
  ])('for %j finds %j', async (search, expected) => {
    expect(await found(search)).toEqual(expected)
  })

  it('does not find the deleted', async () => {
    const gone = await signUp(world, 'gonesoon', { displayName: 'Gone Soon' })
    expect(await found('gone')).toEqual(['gonesoon'])
    await mutate(gone.client, 'deleteAccount', { password: gone.password })
    expect(await found('gone')).toEqual([])
    expect(await found('')).toEqual(everyone)
  })
})

describe('pages', () => {
  it('go forward and back again over everyone, each once', async () => {
    const forward: string[] = []
    let after: string | undefined
    for (;;) {
      const { edges, pageInfo } = await page({ first: 3, after })
      forward.push(...edges.map(({ node }) => node.handle))
      if (!pageInfo.hasNextPage) break
      after = pageInfo.endCursor
    }
    expect(forward).toEqual(everyone)
    const backward: string[] = []
    let before: string | undefined
    for (;;) {
      const { edges, pageInfo } = await page({ last: 3, before })
      backward.unshift(...edges.map(({ node }) => node.handle))
      if (!pageInfo.hasPreviousPage) break
      before = pageInfo.startCursor
    }
    expect(backward).toEqual(everyone)
  })

  it('keep their place while people come and go', async () => {
    const { pageInfo } = await page({ first: 3 })
    const newcomer = await signUp(world, 'bob')
    expect(await handles({ first: 2, after: pageInfo.endCursor })).toEqual(['grandma', 'hop_along'])
    await mutate(newcomer.client, 'deleteAccount', { password: newcomer.password })
  })

  it('are pages of what was searched for', async () => {
    const { edges, pageInfo } = await page({ search: 'hop', first: 2 })
    expect(edges.map(({ node }) => node.handle)).toEqual(['grace', 'hop_along'])
    expect(await handles({ search: 'hop', after: pageInfo.endCursor })).toEqual(['hopalong'])
  })

  it.each([
    { first: 101 },
    { first: -1 },
    { last: -1 },
    { first: 1, last: 1 },
    { after: 'broken' },
    { before: Buffer.from('["a b"]').toString('base64url') },
    { after: Buffer.from('["a\\u0000"]').toString('base64url') },
    { search: 'a\0' },
    { search: '\ud800' },
    { search: 'x'.repeat(81) },
    { search: 'a\0', first: 101, after: 'broken' },
  ])('are refused for %j', async (args) => {
    const { errors } = await ada.client.send(
      'query ($search: String, $first: Int, $last: Int, $after: String, $before: String) { users(search: $search, first: $first, last: $last, after: $after, before: $before) { edges { cursor } } }',
      args,
    )
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', issues: mistakes(args).map((path) => ({ path })) } }])
  })
})

describe('with fifty thousand people', () => {
  beforeAll(async () => {
    const { pool } = world.app.database
    await pool.query(
      `INSERT INTO users (id, handle, display_name)
       SELECT gen_random_uuid(), 'person' || n, initcap(substr(md5(n::text), 1, 7)) || ' ' || initcap(substr(md5('x' || n), 1, 9)) FROM generate_series(1, 50000) AS n`,
    )
    await pool.query('VACUUM ANALYZE users')
  })

  /** How PostgreSQL goes about what the directory asks it. */
  async function planOf(args: object): Promise<string> {
    const { pool } = world.app.database
    const { query: send } = pool
    let asked: { text: string; values: unknown[] } | undefined
    pool.query = ((...all: [{ text: string; values?: unknown[] }, unknown[]?]) => {
      const [{ text, values }, more] = all
      if (/ILIKE|handle" > /.test(text ?? '')) asked = { text, values: values ?? more ?? [] }
      return Reflect.apply(send, pool, all)
    }) as typeof pool.query
    try {
      await page(args)
    } finally {
      pool.query = send
    }
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${asked!.text}`, asked!.values)
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }

  it.each(['hopp', 'ada lov', 'grace'])('%j is found by the indexes', async (search) => {
    const plan = await planOf({ search })
    expect(plan).toContain('users_display_name_trgm')
    expect(plan).toContain('users_handle_key')
    expect(plan).not.toContain('Seq Scan')
  })

  it('a page of everyone is read off the index of handles', async () => {
    const plan = await planOf({ first: 50, after: (await page({ first: 50 })).pageInfo.endCursor })
    expect(plan).toContain('users_handle_key')
    expect(plan).not.toMatch(/Seq Scan|Sort/)
  })

  it('a rare name costs milliseconds', async () => {
    const { pool } = world.app.database
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF) SELECT id FROM users WHERE deleted_at IS NULL
       AND (handle LIKE 'lovel%' OR display_name ILIKE 'lovel%' OR display_name ILIKE '% lovel%') ORDER BY handle LIMIT 51`,
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/Bitmap Heap Scan[\s\S]*rows=1\b/)
  })
})

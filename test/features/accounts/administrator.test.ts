import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { demoPassword, demoPeople } from '../../../src/features/accounts/demo.ts'
import { createClient } from '../../support/client.ts'
import { mutate, query, signUp, viewerOf } from '../../support/people.ts'
import { createDatabase, type TestDatabase } from '../../support/postgres.ts'
import { createWorld, type World } from '../../support/world.ts'

let database: TestDatabase
let worlds: World[]
beforeEach(async () => {
  database = await createDatabase()
  worlds = []
})
afterEach(async () => {
  for (const world of worlds) await world.stop()
  await database.drop()
})

async function start(env: Record<string, string>): Promise<World> {
  const world = await createWorld({ databaseUrl: database.url, env })
  worlds.push(world)
  return world
}
const admin = (password: string, email = 'Root@example.org') => ({ ADMIN_EMAIL: email, ADMIN_PASSWORD: password })
const enter = (world: World, login: string, password: string) =>
  mutate(createClient(world.url), 'signIn', { login, password }, 'token viewer { email emailVerified role user { handle } }')

describe('the administrator', () => {
  it('is made at the first start, and kept at the next', async () => {
    await start(admin('the first password'))
    const world = await start(admin('the first password'))
    expect(await enter(world, 'root@example.org', 'the first password')).toMatchObject({
      viewer: { email: 'root@example.org', emailVerified: true, role: 'ADMIN', user: { handle: 'root' } },
    })
  })

  it('stays signed in over a start that changes nothing', async () => {
    const before = await start(admin('the first password'))
    const { token } = await enter(before, 'root', 'the first password')
    const after = await start(admin('the first password'))
    expect(await viewerOf(createClient(after.url, { token: String(token) }), 'role')).toEqual({ role: 'ADMIN' })
  })

  it('has the password of the settings from then on, and whoever had the former one is out', async () => {
    const before = await start(admin('the first password'))
    const { token } = await enter(before, 'root', 'the first password')
    const after = await start(admin('the second password'))
    expect(await viewerOf(createClient(after.url, { token: String(token) }))).toBe('UNAUTHENTICATED')
    expect(await enter(after, 'root', 'the first password')).toMatchObject({ __typename: 'BadCredentials' })
    expect(await enter(after, 'root', 'the second password')).toMatchObject({ __typename: 'SignInPayload' })
  })

  it('is made of whoever has the address, and who took it first is out', async () => {
    const before = await start({})
    const squatter = await signUp(before, 'squatter', { email: 'root@example.org' })
    const after = await start(admin('the first password'))
    expect(await viewerOf(squatter.client)).toBe('UNAUTHENTICATED')
    expect(await enter(after, 'root@example.org', 'the first password')).toMatchObject({
      viewer: { role: 'ADMIN', emailVerified: true, user: { handle: 'squatter' } },
    })
  })

  it('is one, and has one password, though five nodes start at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => start(admin('the first password'))))
    await Promise.all(Array.from({ length: 5 }, () => start(admin('the second password'))))
    const world = worlds[0]!
    expect((await world.app.database.pool.query('SELECT 1 FROM accounts')).rows).toHaveLength(1)
    expect(await enter(world, 'root', 'the second password')).toMatchObject({ __typename: 'SignInPayload' })
  })

  it('gets another handle where theirs is taken', async () => {
    await signUp(await start({}), 'root', { email: 'other@example.org' })
    const world = await start(admin('the first password'))
    expect(await enter(world, 'root@example.org', 'the first password')).toMatchObject({ viewer: { user: { handle: 'root2' } } })
  })
})

describe('the demo people', () => {
  it('are there to sign in as, once', async () => {
    await start({ DEMO: 'true' })
    const world = await start({ DEMO: 'true' })
    for (const { handle } of demoPeople)
      expect(await enter(world, handle, demoPassword)).toMatchObject({ viewer: { user: { handle }, role: 'USER', emailVerified: false } })
    const { token } = await enter(world, 'ada', demoPassword)
    const { users } = await query<{ users: { edges: unknown[] } }>(
      createClient(world.url, { token: String(token) }),
      '{ users { edges { node { displayName } } } }',
    )
    expect(users.edges).toHaveLength(demoPeople.length)
  })

  it('leave alone who has the name of one', async () => {
    await signUp(await start({}), 'ada', { displayName: 'Another Ada', email: 'grace@example.com' })
    const world = await start({ DEMO: 'true' })
    expect(await enter(world, 'ada', demoPassword)).toMatchObject({ __typename: 'BadCredentials' })
    expect(await enter(world, 'grace', demoPassword)).toMatchObject({ __typename: 'BadCredentials' })
    expect(await enter(world, 'linus', demoPassword)).toMatchObject({ __typename: 'SignInPayload' })
  })

  it('are made once by several nodes', async () => {
    await Promise.all(Array.from({ length: 4 }, () => start({ DEMO: 'true' })))
    const { rows } = await worlds[0]!.app.database.pool.query('SELECT 1 FROM users')
    expect(rows).toHaveLength(demoPeople.length)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../support/client.ts'
import { heldClock } from '../../support/clock.ts'
import { mutate, mutationOf, query, signIn, signUp, viewerOf } from '../../support/people.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
const clock = heldClock()
beforeAll(async () => {
  world = await createWorld({ clock })
})
afterAll(() => world.stop())

type Session = {
  id: string
  current: boolean
  createdAt: string
  lastUsedAt: string
  expiresAt: string
  userAgent: string | null
  ipAddress: string | null
}

const sessionsOf = async (client: Parameters<typeof query>[0]) =>
  (
    await query<{ viewer: { sessions: Session[] } }>(
      client,
      '{ viewer { sessions { id current createdAt lastUsedAt expiresAt userAgent ipAddress } } }',
    )
  ).viewer.sessions
const minute = 60_000
const day = 24 * 60 * minute

describe('the list', () => {
  it('shows where one is signed in', async () => {
    const { client } = await signUp(world, 'ada')
    const now = clock.now()
    expect(await sessionsOf(client)).toEqual([
      {
        id: expect.any(String),
        current: true,
        createdAt: now.toISOString(),
        lastUsedAt: now.toISOString(),
        expiresAt: new Date(now.getTime() + 10 * day).toISOString(),
        userAgent: 'node',
        ipAddress: '127.0.0.1',
      },
    ])
  })

  it('has the last used first, and the asking one marked', async () => {
    const first = await signUp(world, 'grace')
    clock.forward(minute)
    const second = await signIn(world, first)
    expect((await sessionsOf(second.client)).map(({ current }) => current)).toEqual([true, false])
    clock.forward(5 * minute)
    expect((await sessionsOf(first.client)).map(({ current }) => current)).toEqual([true, false])
    expect((await sessionsOf(second.client)).map(({ current }) => current)).toEqual([true, false])
  })

  it('leaves out what has ended, and the session itself ends with it', async () => {
    const first = await signUp(world, 'hedy')
    clock.forward(9 * day)
    const second = await signIn(world, first)
    expect(await sessionsOf(second.client)).toHaveLength(2)
    clock.forward(day)
    expect(await sessionsOf(second.client)).toHaveLength(1)
    expect(await viewerOf(first.client)).toBe('UNAUTHENTICATED')
  })

  it('is a hundred long at most', async () => {
    const person = await signUp(world, 'busy')
    const { pool } = world.app.database
    await pool.query(
      `INSERT INTO sessions (id, token_hash, user_id, created_at, last_used_at, expires_at)
       SELECT gen_random_uuid(), 'made-up-' || n, users.id, $1, $1, $2 FROM users, generate_series(1, 150) AS n WHERE handle = 'busy'`,
      [new Date(clock.now().getTime() - minute), new Date(clock.now().getTime() + day)],
    )
    const sessions = await sessionsOf(person.client)
    expect(sessions).toHaveLength(100)
    expect(sessions[0]!.current).toBe(true)
    expect(await mutate(person.client, 'revokeOtherSessions', null, 'revoked')).toMatchObject({ revoked: 150 })
  })
})

describe('a session as a node', () => {
  it('is its owner’s alone', async () => {
    const owner = await signUp(world, 'owner')
    const stranger = await signUp(world, 'stranger')
    const [{ id }] = (await sessionsOf(owner.client)) as [Session]
    const [{ id: other }] = (await sessionsOf(stranger.client)) as [Session]
    const asked = (ids: string[]) =>
      query(owner.client, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Session { current } } }', { ids })
    expect(await asked([other, id])).toEqual({ nodes: [null, { id, current: true }] })
    expect(await query(stranger.client, 'query ($id: ID!) { node(id: $id) { __typename } }', { id })).toEqual({ node: null })
  })
})

describe('signing out', () => {
  it('ends the session and nothing else', async () => {
    const first = await signUp(world, 'karen')
    const second = await signIn(world, first)
    expect(await mutate(first.client, 'signOut', null, 'ok')).toMatchObject({ ok: true })
    expect(await viewerOf(first.client)).toBe('UNAUTHENTICATED')
    expect(await sessionsOf(second.client)).toHaveLength(1)
  })

  it('leaves nobody there for the rest of the document', async () => {
    const { client } = await signUp(world, 'leaving')
    const { data, errors } = await client.send(
      'mutation { signOut { __typename } updateProfile(input: { bio: "still here" }) { __typename } }',
    )
    expect(data).toBeNull()
    expect(errors).toMatchObject([{ path: ['updateProfile'], extensions: { code: 'UNAUTHENTICATED' } }])
  })

  it('over a socket answers first, and then closes it', async () => {
    const person = await signUp(world, 'socketed')
    const socket = await person.connect()
    const { data } = await socket.run(mutationOf('signOut', { input: false, payload: 'ok' }))
    expect(data).toEqual({ signOut: { __typename: 'SignOutPayload', ok: true } })
    expect(await socket.closed()).toMatchObject({ code: 4403 })
  })
})

describe('revoking', () => {
  it('ends one session, and closes its sockets', async () => {
    const first = await signUp(world, 'joan')
    const second = await signIn(world, first)
    const [kept, closing] = [await first.connect(), await second.connect()]
    const other = (await sessionsOf(first.client)).find(({ current }) => !current)!
    expect(await mutate(first.client, 'revokeSession', { sessionId: other.id }, 'sessionId')).toMatchObject({ sessionId: other.id })
    expect(await closing.closed(2_000)).toMatchObject({ code: 4403 })
    expect(await viewerOf(second.client)).toBe('UNAUTHENTICATED')
    expect(await kept.run('{ viewer { user { handle } } }')).toEqual({ data: { viewer: { user: { handle: 'joan' } } } })
    await kept.close()
  })

  it('of one’s own session is signing out', async () => {
    await signUp(world, 'self')
    const browser = createClient(world.url, { origin: world.url })
    await mutate(browser, 'signIn', { login: 'self', password: 'correct horse battery' })
    const [{ id }] = (await sessionsOf(browser)) as [Session]
    expect(await mutate(browser, 'revokeSession', { sessionId: id })).toMatchObject({ __typename: 'RevokeSessionPayload' })
    expect(browser.cookies.size).toBe(0)
  })

  it('finds no session of anybody else’s, none that ended, and none that never was', async () => {
    const person = await signUp(world, 'finder')
    const stranger = await signUp(world, 'hidden')
    const [{ id: foreign }] = (await sessionsOf(stranger.client)) as [Session]
    const [{ id: own }] = (await sessionsOf(person.client)) as [Session]
    const second = await signIn(world, person)
    await mutate(person.client, 'signOut', null)
    const made = Buffer.from('Session:019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a').toString('base64url')
    const answers = []
    for (const sessionId of [foreign, own, made, person.id, '', 'x', 'Session:\0'])
      answers.push(await mutate(second.client, 'revokeSession', { sessionId }))
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(['{"__typename":"NotFound","code":"NOT_FOUND","reason":"There is no such session. It may have ended already."}']),
    )
    expect(await viewerOf(stranger.client)).toMatchObject({ user: {} })
  })

  it('all others leaves one', async () => {
    const first = await signUp(world, 'lynn')
    const others = [await signIn(world, first), await signIn(world, first)]
    const sockets = await Promise.all(others.map((other) => other.connect()))
    expect(await mutate(first.client, 'revokeOtherSessions', null, 'revoked')).toMatchObject({ revoked: 2 })
    for (const socket of sockets) expect(await socket.closed(2_000)).toMatchObject({ code: 4403 })
    for (const { client } of others) expect(await viewerOf(client)).toBe('UNAUTHENTICATED')
    expect(await sessionsOf(first.client)).toHaveLength(1)
    expect(await mutate(first.client, 'revokeOtherSessions', null, 'revoked')).toMatchObject({ revoked: 0 })
  })
})

it('what is left of ended sessions is cleaned up', async () => {
  await signUp(world, 'ephemeral')
  clock.forward(30 * day)
  expect((await world.app.accounts.purge()).sessions).toBeGreaterThan(0)
  expect((await world.app.database.pool.query('SELECT 1 FROM sessions')).rows).toEqual([])
})

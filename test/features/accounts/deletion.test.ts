import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../support/client.ts'
import { codeIn, mutate, mutationOf, type Outcome, password, query, signIn, signUp, tokenIn, viewerOf } from '../../support/people.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const anyone = () => createClient(world.url)
const typeOf = ({ __typename }: Outcome) => __typename
const rows = async (statement: string, ...values: unknown[]) =>
  (await world.app.database.pool.query<Record<string, unknown>>(statement, values)).rows

describe('deleting an account', () => {
  it('ends it everywhere: sessions, sockets, sign-in, directory', async () => {
    const here = await signUp(world, 'ada', { displayName: 'Ada Lovelace' })
    const there = await signIn(world, here)
    const stranger = await signUp(world, 'stranger')
    const sockets = [await here.connect(), await there.connect()]
    expect(await mutate(here.client, 'deleteAccount', { password }, 'ok')).toMatchObject({ __typename: 'DeleteAccountPayload', ok: true })
    for (const socket of sockets) expect(await socket.closed(2_000)).toMatchObject({ code: 4403 })
    for (const { client } of [here, there]) expect(await viewerOf(client)).toBe('UNAUTHENTICATED')
    expect(typeOf(await mutate(anyone(), 'signIn', { login: 'ada', password }))).toBe('BadCredentials')
    const seen = await query(
      stranger.client,
      `query ($id: ID!) { node(id: $id) { id } user(handle: "ada") { id } users(search: "ada") { edges { node { handle } } } empty: user(handle: "") { id } }`,
      { id: here.id },
    )
    expect(seen).toEqual({ node: null, user: null, users: { edges: [] }, empty: null })
  })

  it('leaves a tombstone with nothing personal, one version on', async () => {
    const { client, id } = await signUp(world, 'grace', { displayName: 'Grace Hopper' })
    await mutate(client, 'updateProfile', { bio: 'Compilers', avatarUrl: 'https://example.org/grace.png' })
    const uuid = Buffer.from(id, 'base64url').toString().split(':')[1]
    await mutate(client, 'deleteAccount', { password })
    const [tombstone, ...more] = await rows('SELECT * FROM users WHERE id = $1', uuid)
    expect(more).toEqual([])
    expect(tombstone).toMatchObject({ handle: '', display_name: '', avatar_url: null, bio: null, version: 3, deleted_at: expect.any(Date) })
    for (const table of ['accounts', 'sessions', 'links']) expect(await rows(`SELECT 1 FROM ${table} WHERE user_id = $1`, uuid)).toEqual([])
  })

  it('frees handle and address, for a new account that is another person', async () => {
    const before = await signUp(world, 'phoenix')
    await mutate(before.client, 'deleteAccount', { password })
    const after = await signUp(world, 'phoenix')
    expect(after.id).not.toBe(before.id)
  })

  it('signs a browser out', async () => {
    await signUp(world, 'browsing')
    const browser = createClient(world.url, { origin: world.url })
    await mutate(browser, 'signIn', { login: 'browsing', password })
    await mutate(browser, 'deleteAccount', { password })
    expect(browser.cookies.size).toBe(0)
  })

  it('leaves nobody there for the rest of the document', async () => {
    const { client } = await signUp(world, 'lasting')
    const { errors } = await client.send(
      `mutation { deleteAccount(input: { password: "${password}" }) { __typename } revokeOtherSessions { __typename } }`,
    )
    expect(errors).toMatchObject([{ path: ['revokeOtherSessions'], extensions: { code: 'UNAUTHENTICATED' } }])
  })

  it('works over a socket, which answers first', async () => {
    const socket = await (await signUp(world, 'socketed')).connect()
    const { data } = await socket.run(mutationOf('deleteAccount', { payload: 'ok' }), { input: { password } })
    expect(data).toEqual({ deleteAccount: { __typename: 'DeleteAccountPayload', ok: true } })
    expect(await socket.closed(2_000)).toMatchObject({ code: 4403 })
  })

  it('makes what was mailed worthless', async () => {
    const { client, email } = await signUp(world, 'mailed')
    const confirming = tokenIn(await world.mailTo(email))
    await mutate(anyone(), 'requestPasswordReset', { email })
    const resetting = tokenIn(await world.mailTo(email))
    await mutate(anyone(), 'requestSignInCode', { email })
    const code = codeIn(await world.mailTo(email))
    await mutate(client, 'deleteAccount', { password })
    expect(typeOf(await mutate(anyone(), 'verifyEmail', { token: confirming }))).toBe('BadCredentials')
    expect(typeOf(await mutate(anyone(), 'resetPassword', { token: resetting, password }))).toBe('BadCredentials')
    expect(typeOf(await mutate(anyone(), 'signInWithCode', { email, code }))).toBe('BadCredentials')
  })
})

describe('is proved', () => {
  it('by a code, for whoever has no password', async () => {
    const phone = '+491701234567'
    await mutate(anyone(), 'requestSignInCode', { phone })
    const entered = await mutate(anyone(), 'signInWithCode', { phone, code: codeIn(await world.smsTo(phone)), handle: 'caller' }, 'token')
    const client = createClient(world.url, { token: String(entered.token) })
    expect(typeOf(await mutate(client, 'deleteAccount', { password: '' }))).toBe('BadCredentials')
    await mutate(client, 'requestSignInCode', { phone })
    const code = codeIn(await world.smsTo(phone))
    expect(typeOf(await mutate(client, 'deleteAccount', { code: code === '000000' ? '000001' : '000000' }))).toBe('BadCredentials')
    expect(typeOf(await mutate(client, 'deleteAccount', { code }))).toBe('DeleteAccountPayload')
    expect(await viewerOf(client)).toBe('UNAUTHENTICATED')
  })

  it('by a code of one’s own address, not of another', async () => {
    const { client } = await signUp(world, 'mine')
    await mutate(client, 'requestSignInCode', { email: 'theirs@example.org' })
    const code = codeIn(await world.mailTo('theirs@example.org'))
    expect(typeOf(await mutate(client, 'deleteAccount', { code }))).toBe('BadCredentials')
  })

  it('by exactly one of the two', async () => {
    const { client } = await signUp(world, 'unsure')
    for (const input of [{}, { password, code: '123456' }]) {
      expect((await mutate(client, 'deleteAccount', input)).issues?.map(({ path }) => path)).toEqual(['input'])
    }
    expect(typeOf(await mutate(client, 'deleteAccount', { password: 'a wrong guess' }))).toBe('BadCredentials')
    expect(await viewerOf(client, 'user { handle }')).toEqual({ user: { handle: 'unsure' } })
  })

  it('once by two at the same time', async () => {
    const { client } = await signUp(world, 'doubly')
    const both = await Promise.allSettled([1, 2].map(() => mutate(client, 'deleteAccount', { password })))
    const done = both.filter((one) => one.status === 'fulfilled' && typeOf(one.value) === 'DeleteAccountPayload')
    expect(done).toHaveLength(1)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../support/client.ts'
import { heldClock } from '../../support/clock.ts'
import { mutate, mutationOf, type Outcome, password, signIn, signUp, tokenIn, viewerOf } from '../../support/people.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
const clock = heldClock()
beforeAll(async () => {
  world = await createWorld({ clock })
})
afterAll(() => world.stop())

const anyone = () => createClient(world.url)
const fresh = 'a fresh password'
const typeOf = ({ __typename }: Outcome) => __typename
const signInWith = (login: string, secret: string) => mutate(anyone(), 'signIn', { login, password: secret })
const reset = (token: string, secret = fresh) =>
  mutate(anyone(), 'resetPassword', { token, password: secret }, 'token viewer { emailVerified user { handle } sessions { current } }')

async function linkFor(email: string): Promise<string> {
  expect(await mutate(anyone(), 'requestPasswordReset', { email }, 'ok')).toMatchObject({ ok: true })
  return tokenIn(await world.mailTo(email.toLowerCase()))
}

describe('a new password by mail', () => {
  it('ends all sessions, closes their sockets, gives a new one, and verifies the address', async () => {
    const person = await signUp(world, 'ada')
    const socket = await person.connect()
    const done = await reset(await linkFor('Ada@example.org'))
    expect(done).toMatchObject({
      __typename: 'ResetPasswordPayload',
      viewer: { emailVerified: true, user: { handle: 'ada' }, sessions: [{ current: true }] },
    })
    expect(await viewerOf(createClient(world.url, { token: String(done.token) }))).toMatchObject({ user: { id: person.id } })
    expect(await viewerOf(person.client)).toBe('UNAUTHENTICATED')
    expect(await socket.closed(2_000)).toMatchObject({ code: 4403 })
    expect(typeOf(await signInWith('ada', password))).toBe('BadCredentials')
    expect(typeOf(await signInWith('ada', fresh))).toBe('SignInPayload')
  })

  it('leads to a page of the app, and says what to do without one', async () => {
    await signUp(world, 'grace')
    const token = await linkFor('grace@example.org')
    const { text, html } = (await world.mailTo('grace@example.org'))!
    expect(text).toContain(`http://localhost:4000/reset-password#token=${token}\n`)
    expect(text).toContain('call resetPassword with this token')
    expect(text).toContain('@grace')
    expect(html).toContain(`<a href="http://localhost:4000/reset-password#token=${token}" `)
  })

  it('answers alike for an address without an account, and mails nothing', async () => {
    expect(await mutate(anyone(), 'requestPasswordReset', { email: 'nobody@example.org' }, 'ok')).toEqual({
      __typename: 'RequestPasswordResetPayload',
      ok: true,
    })
    expect(await world.mailTo('nobody@example.org')).toBeUndefined()
  })

  it('sets the cookie of a browser', async () => {
    await signUp(world, 'browsing')
    const browser = createClient(world.url, { origin: world.url })
    await mutate(browser, 'resetPassword', { token: await linkFor('browsing@example.org'), password: fresh })
    expect([...browser.cookies.keys()]).toEqual(['parley_session'])
  })

  it('needs a password that is long enough, and keeps the link until then', async () => {
    await signUp(world, 'hasty')
    const token = await linkFor('hasty@example.org')
    const wrong = await reset(token, 'short')
    expect(wrong.issues?.map(({ path }) => path)).toEqual(['input.password'])
    expect(typeOf(await reset(token))).toBe('ResetPasswordPayload')
  })
})

describe('a link works', () => {
  it('once', async () => {
    await signUp(world, 'once')
    const token = await linkFor('once@example.org')
    expect(typeOf(await reset(token))).toBe('ResetPasswordPayload')
    expect(await reset(token, 'yet another one')).toMatchObject({ __typename: 'BadCredentials', code: 'UNAUTHENTICATED' })
    expect(typeOf(await signInWith('once', fresh))).toBe('SignInPayload')
  })

  it('once for many at the same time', async () => {
    await signUp(world, 'crowd')
    const token = await linkFor('crowd@example.org')
    const kinds = (await Promise.all(Array.from({ length: 6 }, (_, index) => reset(token, `password ${index}`)))).map(typeOf)
    expect(kinds.filter((kind) => kind === 'ResetPasswordPayload')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'BadCredentials')).toHaveLength(5)
  })

  it('for an hour', async () => {
    await signUp(world, 'slow')
    const token = await linkFor('slow@example.org')
    clock.forward(3_600_000)
    expect(typeOf(await reset(token))).toBe('BadCredentials')
  })

  it('until there is a newer one', async () => {
    await signUp(world, 'newest')
    const older = await linkFor('newest@example.org')
    const newer = await linkFor('newest@example.org')
    expect(typeOf(await reset(older))).toBe('BadCredentials')
    expect(typeOf(await reset(newer))).toBe('ResetPasswordPayload')
  })

  it('until the password is changed otherwise', async () => {
    const { client } = await signUp(world, 'changed')
    const token = await linkFor('changed@example.org')
    await mutate(client, 'changePassword', { current: password, new: 'another password' })
    expect(typeOf(await reset(token))).toBe('BadCredentials')
  })

  it('for what it was made for', async () => {
    const { client } = await signUp(world, 'mixed')
    const confirming = tokenIn(await world.mailTo('mixed@example.org'))
    expect(typeOf(await reset(confirming))).toBe('BadCredentials')
    const resetting = await linkFor('mixed@example.org')
    expect(typeOf(await mutate(client, 'verifyEmail', { token: resetting }))).toBe('BadCredentials')
    expect(typeOf(await reset(resetting))).toBe('ResetPasswordPayload')
    expect(typeOf(await mutate(anyone(), 'verifyEmail', { token: confirming }))).toBe('BadCredentials')
  })

  it('and what expired is cleaned up', async () => {
    await signUp(world, 'forgetful')
    await linkFor('forgetful@example.org')
    clock.forward(8 * 24 * 3_600_000)
    expect((await world.app.accounts.purge()).links).toBeGreaterThan(0)
    expect((await world.app.database.pool.query('SELECT 1 FROM links')).rows).toEqual([])
  })
})

describe('changing the password', () => {
  it('keeps the session it is called with, ends all others, and closes their sockets', async () => {
    const here = await signUp(world, 'joan')
    const there = await signIn(world, here)
    const [kept, closing] = [await here.connect(), await there.connect()]
    expect(await mutate(here.client, 'changePassword', { current: password, new: fresh }, 'ok')).toMatchObject({ ok: true })
    expect(await closing.closed(2_000)).toMatchObject({ code: 4403 })
    expect(await viewerOf(there.client)).toBe('UNAUTHENTICATED')
    expect(await viewerOf(here.client, 'sessions { current }')).toEqual({ sessions: [{ current: true }] })
    expect((await kept.run('{ viewer { user { handle } } }')).data).toEqual({ viewer: { user: { handle: 'joan' } } })
    await kept.close()
    expect(typeOf(await signInWith('joan', password))).toBe('BadCredentials')
    expect(typeOf(await signInWith('joan', fresh))).toBe('SignInPayload')
  })

  it('works over a socket, which stays', async () => {
    const person = await signUp(world, 'socketed')
    const socket = await person.connect()
    const { data } = await socket.run(mutationOf('changePassword', { payload: 'ok' }), { input: { current: password, new: fresh } })
    expect(data).toEqual({ changePassword: { __typename: 'ChangePasswordPayload', ok: true } })
    expect((await socket.run('{ viewer { user { handle } } }')).data).toEqual({ viewer: { user: { handle: 'socketed' } } })
    await socket.close()
  })

  it('needs the right one, and a new one that is long enough', async () => {
    const { client } = await signUp(world, 'karen')
    expect(typeOf(await mutate(client, 'changePassword', { current: 'a wrong guess', new: fresh }))).toBe('BadCredentials')
    const wrong = await mutate(client, 'changePassword', { current: password, new: 'short' })
    expect(wrong.issues?.map(({ path }) => path)).toEqual(['input.new'])
    expect(typeOf(await signInWith('karen', password))).toBe('SignInPayload')
  })

  it('happens once of two at the same time', async () => {
    const { client } = await signUp(world, 'twice')
    const both = ['the first password', 'the second password'].map((chosen) =>
      mutate(client, 'changePassword', { current: password, new: chosen }),
    )
    expect((await Promise.all(both)).map(typeOf).toSorted()).toEqual(['BadCredentials', 'ChangePasswordPayload'])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../support/client.ts'
import { heldClock } from '../../support/clock.ts'
import { mutate, mutationOf, password, signIn, signUp, viewerOf } from '../../support/people.ts'
import { connect } from '../../support/socket.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const anyone = () => createClient(world.url)
const tryWith = (login: string, secret = password) =>
  mutate(anyone(), 'signIn', { login, password: secret }, 'token viewer { user { handle } }')

describe('signing in', () => {
  it.each(['ada', 'ADA', ' ada ', 'ada@example.org', 'Ada@Example.org'])('works with the login %j', async (login) => {
    await signUp(world, 'ada').catch(() => {})
    expect(await tryWith(login)).toMatchObject({ __typename: 'SignInPayload', viewer: { user: { handle: 'ada' } } })
  })

  it('takes a password however its letters were composed, and every character of it', async () => {
    await signUp(world, 'zoe', { password: ' Zoe\u0308 at home 👋 ' })
    expect(await tryWith('zoe', ' Zo\u00eb at home 👋 ')).toMatchObject({ __typename: 'SignInPayload' })
    expect(await tryWith('zoe', 'Zo\u00eb at home 👋')).toMatchObject({ __typename: 'BadCredentials' })
  })

  it('gives a new token each time', async () => {
    const first = await signUp(world, 'often')
    const second = await signIn(world, first)
    expect(second.token).not.toBe(first.token)
    expect(await viewerOf(second.client, 'sessions { current }')).toEqual({ sessions: [{ current: true }, { current: false }] })
  })

  it('answers alike whatever is wrong', async () => {
    const inviter = await signUp(world, 'inviter')
    await mutate(inviter.client, 'invitePerson', { email: 'invited@example.org' })
    const gone = await signUp(world, 'gone')
    await mutate(gone.client, 'deleteAccount', { password })
    const answers = [
      await tryWith('inviter', 'wrong password'),
      await tryWith('inviter', ''),
      await tryWith('nobody'),
      await tryWith('nobody@example.org'),
      await tryWith('invited'),
      await tryWith('gone'),
      await tryWith('gone@example.org'),
      await tryWith(''),
      await tryWith('@'),
      await tryWith('%'),
    ]
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(['{"__typename":"BadCredentials","code":"UNAUTHENTICATED","reason":"The login or the password is wrong."}']),
    )
  })

  it('works over a socket', async () => {
    await signUp(world, 'socketed')
    const socket = await (await connect(world.url)).init()
    const { data } = await socket.run(mutationOf('signIn', { payload: 'viewer { user { handle } }' }), {
      input: { login: 'socketed', password },
    })
    expect(data).toEqual({ signIn: { __typename: 'SignInPayload', viewer: { user: { handle: 'socketed' } } } })
    await socket.close()
  })

  it('keeps a browser signed in by its cookie, and out again', async () => {
    await signUp(world, 'browsing')
    const browser = createClient(world.url, { origin: world.url })
    await mutate(browser, 'signIn', { login: 'browsing', password })
    expect([...browser.cookies.keys()]).toEqual(['parley_session'])
    expect(await viewerOf(browser, 'user { handle }')).toEqual({ user: { handle: 'browsing' } })
    expect(await mutate(browser, 'signOut', null, 'ok')).toMatchObject({ ok: true })
    expect(browser.cookies.size).toBe(0)
    expect(await viewerOf(browser)).toBeNull()
  })

  it('lets nobody in with an old password who was checked before it changed', async () => {
    const person = await signUp(world, 'racing')
    const changing = mutate(person.client, 'changePassword', { current: password, new: 'another password' })
    const attempts = await Promise.all(Array.from({ length: 8 }, () => tryWith('racing')))
    expect(await changing).toMatchObject({ __typename: 'ChangePasswordPayload' })
    const tokens = attempts.flatMap(({ token }) => (typeof token === 'string' ? [token] : []))
    for (const token of tokens) expect(await viewerOf(createClient(world.url, { token }))).toBe('UNAUTHENTICATED')
    expect(await tryWith('racing')).toMatchObject({ __typename: 'BadCredentials' })
  })
})

describe('with limits', () => {
  const clock = heldClock()
  let limited: World
  beforeAll(async () => {
    limited = await createWorld({ clock, env: { RATE_LIMITS: 'on', TRUST_PROXY: '127.0.0.1', RATE_LIMIT_SIGN_UP: '100/h' } })
  })
  afterAll(() => limited.stop())

  const from = (address: string) => createClient(limited.url, { headers: { 'x-forwarded-for': address } })
  const guess = (address: string, login: string, secret = 'a wrong guess') => mutate(from(address), 'signIn', { login, password: secret })
  const kindsOf = async (times: number, work: () => Promise<{ __typename: string }>) => {
    const kinds: string[] = []
    for (let time = 0; time < times; time++) kinds.push((await work()).__typename)
    return kinds
  }

  it('a login may be tried ten times in a quarter of an hour, known or not', async () => {
    await signUp(limited, 'known')
    for (const [login, address] of [
      ['known', '198.51.100.1'],
      ['unknown', '198.51.100.2'],
    ] as const) {
      expect(await kindsOf(10, () => guess(address, login))).toEqual(Array(10).fill('BadCredentials'))
      expect(await guess(address, login)).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED', retryAfterMs: 90_000 })
    }
    expect(await guess('198.51.100.1', 'known', password)).toMatchObject({ __typename: 'RateLimited' })
    clock.forward(90_000)
    expect(await guess('198.51.100.1', 'known', password)).toMatchObject({ __typename: 'SignInPayload' })
  })

  it('a stranger elsewhere does not lock the owner out', async () => {
    await signUp(limited, 'owner')
    await kindsOf(11, () => guess('198.51.100.3', 'owner'))
    expect(await guess('198.51.100.3', 'owner')).toMatchObject({ __typename: 'RateLimited' })
    expect(await guess('198.51.100.4', 'owner', password)).toMatchObject({ __typename: 'SignInPayload' })
  })

  it('one network may try thirty times, whatever the logins; an IPv6 network is a /64', async () => {
    let tries = 0
    const next = () => guess(`2001:db8:1:2::${++tries}`, `someone${tries}`)
    expect(await kindsOf(30, next)).toEqual(Array(30).fill('BadCredentials'))
    expect(await next()).toMatchObject({ __typename: 'RateLimited' })
    expect(await guess('2001:db8:1:3::1', 'someone')).toMatchObject({ __typename: 'BadCredentials' })
  })

  it('guessing passwords with a stolen session is limited by account, wherever it comes from', async () => {
    const person = await signUp(limited, 'stolen')
    const change = () => mutate(person.client, 'changePassword', { current: 'a wrong guess', new: 'another password' })
    const remove = () => mutate(person.client, 'deleteAccount', { password: 'a wrong guess' })
    expect(await kindsOf(5, change)).toEqual(Array(5).fill('BadCredentials'))
    expect(await kindsOf(5, remove)).toEqual(Array(5).fill('BadCredentials'))
    expect(await change()).toMatchObject({ __typename: 'RateLimited' })
    expect(await remove()).toMatchObject({ __typename: 'RateLimited' })
  })
})

it('many strangers together can not try a login for ever', async () => {
  const limited = await createWorld({ env: { RATE_LIMITS: 'on', TRUST_PROXY: '127.0.0.1', RATE_LIMIT_SIGN_IN_ACCOUNT: '2/15min' } })
  const guess = (network: number) =>
    mutate(createClient(limited.url, { headers: { 'x-forwarded-for': `192.0.2.${network}` } }), 'signIn', { login: 'besieged', password })
  for (let network = 0; network < 10; network++)
    for (const _ of [1, 2]) expect(await guess(network)).toMatchObject({ __typename: 'BadCredentials' })
  expect(await guess(99)).toMatchObject({ __typename: 'RateLimited' })
  await limited.stop()
})

it('signing up is limited by network', async () => {
  const limited = await createWorld({ env: { RATE_LIMITS: 'on' } })
  for (let index = 0; index < 5; index++) await signUp(limited, `newcomer${index}`)
  const outcome = await mutate(createClient(limited.url), 'signUp', { email: 'sixth@example.org', password, handle: 'sixth' })
  expect(outcome).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' })
  expect(outcome.retryAfterMs).toBeGreaterThan(600_000)
  await limited.stop()
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../support/client.ts'
import { heldClock } from '../../support/clock.ts'
import { codeIn, mutate, type Outcome, signUp, viewerOf } from '../../support/people.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
const clock = heldClock()
beforeAll(async () => {
  world = await createWorld({ clock })
})
afterAll(() => world.stop())

type To = { email: string } | { phone: string }

const request = (to: To) => mutate(createClient(world.url), 'requestSignInCode', to, 'retryAfterMs')
const enter = (input: To & { code: string; handle?: string }): Promise<Outcome> =>
  mutate(createClient(world.url), 'signInWithCode', input, 'token created viewer { email emailVerified phone user { handle displayName } }')

async function codeFor(to: To): Promise<string> {
  expect(await request(to)).toMatchObject({ __typename: 'RequestSignInCodePayload' })
  return codeIn('email' in to ? await world.mailTo(to.email) : await world.smsTo(to.phone))
}
const otherThan = (code: string, by = 1) => String((Number(code) + by) % 1_000_000).padStart(6, '0')
const typeOf = ({ __typename }: Outcome) => __typename

describe('a code by mail', () => {
  it('makes an account on its first use, with the handle that was asked for', async () => {
    const code = await codeFor({ email: 'ada@example.org' })
    expect(await enter({ email: 'Ada@Example.org', code, handle: 'Countess' })).toMatchObject({
      __typename: 'SignInWithCodePayload',
      created: true,
      viewer: { email: 'ada@example.org', emailVerified: true, phone: null, user: { handle: 'countess', displayName: 'countess' } },
    })
  })

  it('comes back to the account on the next', async () => {
    const again = await enter({ email: 'ada@example.org', code: await codeFor({ email: 'ada@example.org' }), handle: 'ignored' })
    expect(again).toMatchObject({ created: false, viewer: { user: { handle: 'countess' } } })
  })

  it('makes a handle of the address where none is given, and a free one where that is taken', async () => {
    await signUp(world, 'grace')
    const enterAs = async (email: string) => (await enter({ email, code: await codeFor({ email }) })).viewer
    expect(await enterAs('grace@example.com')).toMatchObject({ user: { handle: 'grace2' } })
    expect(await enterAs('grace.h+parley@example.com')).toMatchObject({ user: { handle: 'grace.h' } })
    expect(await enterAs('x@example.com')).toMatchObject({ user: { handle: 'xuser' } })
  })

  it('verifies the address of an account that has not done so', async () => {
    const { client } = await signUp(world, 'hedy')
    expect(await viewerOf(client, 'emailVerified')).toEqual({ emailVerified: false })
    const code = await codeFor({ email: 'hedy@example.org' })
    expect(await enter({ email: 'hedy@example.org', code })).toMatchObject({ created: false, viewer: { emailVerified: true } })
    expect(await viewerOf(client, 'emailVerified')).toEqual({ emailVerified: true })
  })

  it('warns whoever reads it of an account that somebody else may have made with the address', async () => {
    await signUp(world, 'hijacker', { email: 'victim@example.org' })
    await codeFor({ email: 'victim@example.org' })
    expect((await world.mailTo('victim@example.org'))!.text).toContain('that nobody has confirmed yet')
    await codeFor({ email: 'ada@example.org' })
    expect((await world.mailTo('ada@example.org'))!.text).not.toContain('that nobody has confirmed yet')
  })

  it('stands in the mail only, not in its subject and not in the database', async () => {
    const code = await codeFor({ email: 'secret@example.org' })
    const mail = (await world.mailTo('secret@example.org'))!
    expect(mail.subject).not.toContain(code)
    expect(mail.html).toContain(code)
    const { rows } = await world.app.database.pool.query<{ code_hash: string }>(
      "SELECT * FROM sign_in_codes WHERE address = 'secret@example.org'",
    )
    expect(rows[0]!.code_hash).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('a code by phone', () => {
  it('makes an account without an address, and comes back to it', async () => {
    const phone = '+49 170 1234567'
    const first = await enter({ phone, code: await codeFor({ phone: '+491701234567' }) })
    expect(first).toMatchObject({
      created: true,
      viewer: { email: null, emailVerified: false, phone: '+491701234567', user: { handle: 'user' } },
    })
    expect(await enter({ phone, code: await codeFor({ phone: '+491701234567' }) })).toMatchObject({ created: false })
  })

  it('is no code of another number', async () => {
    const code = await codeFor({ phone: '+491701111111' })
    await codeFor({ phone: '+491702222222' })
    expect(await enter({ phone: '+491702222222', code })).toMatchObject({ __typename: 'BadCredentials' })
  })
})

describe('a code works', () => {
  it('once', async () => {
    const email = 'once@example.org'
    const code = await codeFor({ email })
    expect(typeOf(await enter({ email, code }))).toBe('SignInWithCodePayload')
    expect(await enter({ email, code })).toMatchObject({ __typename: 'BadCredentials', code: 'UNAUTHENTICATED' })
  })

  it('once for many at the same time', async () => {
    for (const email of ['crowd1@example.org', 'crowd2@example.org', 'crowd3@example.org']) {
      const code = await codeFor({ email })
      const kinds = (await Promise.all(Array.from({ length: 5 }, () => enter({ email, code })))).map(typeOf)
      expect(kinds.toSorted()).toEqual([...Array<string>(4).fill('BadCredentials'), 'SignInWithCodePayload'])
    }
  })

  it('for ten minutes', async () => {
    const email = 'late@example.org'
    const early = await codeFor({ email })
    clock.forward(599_000)
    expect(typeOf(await enter({ email, code: early }))).toBe('SignInWithCodePayload')
    const late = await codeFor({ email })
    clock.forward(600_000)
    expect(typeOf(await enter({ email, code: late }))).toBe('BadCredentials')
  })

  it('until there is a newer one', async () => {
    const email = 'newest@example.org'
    const older = await codeFor({ email })
    const newer = await codeFor({ email })
    expect(typeOf(await enter({ email, code: older }))).toBe('BadCredentials')
    expect(typeOf(await enter({ email, code: newer }))).toBe('SignInWithCodePayload')
  })

  it('for five tries, and not on the sixth, even though limits per time are off', async () => {
    const email = 'guessed@example.org'
    const code = await codeFor({ email })
    for (let tries = 1; tries <= 5; tries++) expect(typeOf(await enter({ email, code: otherThan(code, tries) }))).toBe('BadCredentials')
    expect(typeOf(await enter({ email, code }))).toBe('BadCredentials')
  })

  it('on the fifth try', async () => {
    const email = 'lucky@example.org'
    const code = await codeFor({ email })
    for (let tries = 1; tries <= 4; tries++) await enter({ email, code: otherThan(code, tries) })
    expect(typeOf(await enter({ email, code }))).toBe('SignInWithCodePayload')
  })

  it('for five tries at once as well', async () => {
    const email = 'stormed@example.org'
    const code = await codeFor({ email })
    await Promise.all(Array.from({ length: 20 }, (_, index) => enter({ email, code: otherThan(code, index + 1) })))
    expect(typeOf(await enter({ email, code }))).toBe('BadCredentials')
    const { rows } = await world.app.database.pool.query<{ tries: number }>('SELECT tries FROM sign_in_codes WHERE address = $1', [email])
    expect(rows).toEqual([{ tries: 5 }])
  })

  it('again after a handle was taken, however often', async () => {
    await signUp(world, 'popular')
    const email = 'choosy@example.org'
    const code = await codeFor({ email })
    for (let tries = 1; tries <= 7; tries++) expect(typeOf(await enter({ email, code, handle: 'popular' }))).toBe('Conflict')
    expect(await enter({ email, code, handle: 'unpopular' })).toMatchObject({ created: true, viewer: { user: { handle: 'unpopular' } } })
  })

  it('with spaces between its digits', async () => {
    const email = 'spaced@example.org'
    const code = await codeFor({ email })
    expect(typeOf(await enter({ email, code: ` ${code.slice(0, 3)} ${code.slice(3)} ` }))).toBe('SignInWithCodePayload')
  })

  it('beside someone who signs up with the address meanwhile', async () => {
    const email = 'twice@example.org'
    const code = await codeFor({ email })
    const [entered] = await Promise.all([enter({ email, code }), signUp(world, 'twice', { email }).catch(() => null)])
    expect(typeOf(entered)).toBe('SignInWithCodePayload')
    const { rows } = await world.app.database.pool.query('SELECT 1 FROM accounts WHERE email = $1', [email])
    expect(rows).toHaveLength(1)
  })

  it('again for an address whose account was deleted, and makes a new one', async () => {
    const { client } = await signUp(world, 'phoenix')
    await mutate(client, 'deleteAccount', { password: 'correct horse battery' })
    const email = 'phoenix@example.org'
    expect(await enter({ email, code: await codeFor({ email }) })).toMatchObject({ created: true, viewer: { user: { handle: 'phoenix' } } })
  })
})

describe('asking wrongly', () => {
  it.each([
    [{}, ['input']],
    [{ email: 'a@example.org', phone: '+491701234567' }, ['input']],
    [{ email: null, phone: null }, ['input']],
    [{ email: 'nobody' }, ['input.email']],
    [{ phone: '0170' }, ['input.phone']],
    [{ email: 'nobody', phone: '0170' }, ['input.email', 'input.phone', 'input']],
  ])('%j names %j', async (input, paths) => {
    const outcome = await mutate(createClient(world.url), 'requestSignInCode', input)
    expect(outcome.issues?.map(({ path }) => path)).toEqual(paths)
  })

  it('names everything that is wrong with a use', async () => {
    const outcome = await mutate(createClient(world.url), 'signInWithCode', { code: '1\0', handle: '?' })
    expect(outcome.issues?.map(({ path }) => path)).toEqual(['input.code', 'input.handle', 'input'])
  })

  it.each(['', 'abcdef', '12345', '1234567'])('%j is only a wrong code', async (code) => {
    const email = 'formless@example.org'
    await codeFor({ email })
    expect(typeOf(await enter({ email, code }))).toBe('BadCredentials')
  })

  it('without having asked for one, any code is wrong', async () => {
    expect(typeOf(await enter({ email: 'never@example.org', code: '123456' }))).toBe('BadCredentials')
  })
})

it('is cleaned up after', async () => {
  await codeFor({ email: 'forgotten@example.org' })
  clock.forward(600_000)
  const { codes } = await world.app.accounts.purge()
  expect(codes).toBeGreaterThan(0)
  expect((await world.app.database.pool.query('SELECT 1 FROM sign_in_codes')).rows).toEqual([])
})

describe('with limits', () => {
  const time = heldClock()
  let limited: World
  beforeAll(async () => {
    limited = await createWorld({ clock: time, env: { RATE_LIMITS: 'on', TRUST_PROXY: '127.0.0.1', RATE_LIMIT_MAIL_ADDRESS: '8/h' } })
  })
  afterAll(() => limited.stop())

  const ask = (address: string, email: string, field = 'requestSignInCode') =>
    mutate(
      createClient(limited.url, { headers: { 'x-forwarded-for': address } }),
      field,
      { email },
      field === 'requestSignInCode' ? 'retryAfterMs' : 'ok',
    )

  it.each(['requestSignInCode', 'requestPasswordReset'])(
    '%s sends one a minute and five an hour to an address, known or not',
    async (field) => {
      const [email, address] = [`${field}@example.org`, field === 'requestSignInCode' ? '198.51.100.1' : '198.51.100.2']
      expect(typeOf(await ask(address, email, field))).toMatch(/Payload$/)
      expect(await ask('198.51.100.77', email, field)).toMatchObject({ __typename: 'RateLimited', retryAfterMs: 60_000 })
      for (let sent = 2; sent <= 5; sent++) {
        time.forward(60_000)
        expect(typeOf(await ask(address, email, field))).toMatch(/Payload$/)
      }
      time.forward(60_000)
      const sixth = await ask(address, email, field)
      expect(sixth).toMatchObject({ __typename: 'RateLimited' })
      time.forward(sixth.retryAfterMs!)
      expect(typeOf(await ask(address, email, field))).toMatch(/Payload$/)
    },
  )

  it('says when the next may be asked for', async () => {
    const waits = []
    for (let sent = 1; sent <= 5; sent++) {
      const { retryAfterMs } = await ask('198.51.100.3', 'next@example.org')
      waits.push(retryAfterMs!)
      time.forward(Math.min(60_000, retryAfterMs!))
    }
    expect(waits).toEqual([60_000, 60_000, 60_000, 60_000, 8 * 60_000])
    expect(await ask('198.51.100.3', 'next@example.org')).toMatchObject({ __typename: 'RateLimited', retryAfterMs: 7 * 60_000 })
  })

  it('one network may have some sent, whatever the addresses, and past that spends nobody else’s', async () => {
    for (let sent = 1; sent <= 8; sent++) expect(typeOf(await ask('198.51.100.4', `someone${sent}@example.org`))).toMatch(/Payload$/)
    expect(typeOf(await ask('198.51.100.4', 'spared@example.org'))).toBe('RateLimited')
    expect(typeOf(await ask('198.51.100.5', 'spared@example.org'))).toMatch(/Payload$/)
  })
})

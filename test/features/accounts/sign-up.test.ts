import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../support/client.ts'
import { mutate, password, query, signUp, tokenIn, viewerOf } from '../../support/people.ts'
import { connect } from '../../support/socket.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const someone = (handle: string) => ({ email: `${handle}@example.org`, password, handle })

describe('signing up', () => {
  it('makes an account, signs in, and mails a link', async () => {
    const input = { ...someone('Ada'), email: 'Ada@Example.ORG', displayName: '  Ada   Lovelace ' }
    const fields = 'version email emailVerified phone role user { handle displayName avatarUrl bio version }'
    const outcome = await mutate(createClient(world.url), 'signUp', input, `token expiresAt viewer { ${fields} }`)
    expect(outcome).toMatchObject({
      __typename: 'SignUpPayload',
      viewer: {
        version: 1,
        email: 'ada@example.org',
        emailVerified: false,
        phone: null,
        role: 'USER',
        user: { handle: 'ada', displayName: 'Ada Lovelace', avatarUrl: null, bio: null, version: 1 },
      },
    })
    expect(await viewerOf(createClient(world.url, { token: String(outcome.token) }), 'email')).toEqual({ email: 'ada@example.org' })
    const mail = await world.mailTo('ada@example.org')
    expect(mail).toMatchObject({ subject: 'Confirm your e-mail address', headers: { 'Auto-Submitted': 'auto-generated' } })
    expect(mail!.text).toContain('http://localhost:4000/verify-email#token=')
    expect(mail!.html).toContain('<a href="http://localhost:4000/verify-email#token=')
  })

  it('works over a socket as well, and says who is there from then on in the same document', async () => {
    const socket = await (await connect(world.url)).init()
    const { data } = await socket.run(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { ... on SignUpPayload { viewer { user { handle } sessions { current } } } } }',
      { input: someone('grace') },
    )
    expect(data).toEqual({ signUp: { viewer: { user: { handle: 'grace' }, sessions: [{ current: true }] } } })
    await socket.close()
  })

  it('calls someone by their handle who gives no other name', async () => {
    const { client } = await signUp(world, 'nameless')
    expect(await viewerOf(client, 'user { displayName }')).toEqual({ user: { displayName: 'nameless' } })
  })

  it('reports all that is wrong at once, and makes nothing', async () => {
    const input = { email: 'nobody', password: 'short', handle: 'no spaces', displayName: 'a\u0000b' }
    const outcome = await mutate(createClient(world.url), 'signUp', input)
    expect(outcome).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT' })
    expect(outcome.issues!.map(({ path }) => path)).toEqual(['input.email', 'input.password', 'input.handle', 'input.displayName'])
  })

  it('refuses a handle or an address that is taken, in whatever case', async () => {
    await signUp(world, 'taken')
    const client = createClient(world.url)
    expect(await mutate(client, 'signUp', { ...someone('TAKEN'), email: 'other@example.org' })).toMatchObject({
      __typename: 'Conflict',
      code: 'CONFLICT',
    })
    expect(await mutate(client, 'signUp', { ...someone('other'), email: 'TAKEN@example.org' })).toMatchObject({ __typename: 'Conflict' })
    expect(await world.mailTo('other@example.org')).toBeUndefined()
  })

  it('lets one of twenty have a handle', async () => {
    const all = Array.from({ length: 20 }, (_, index) =>
      mutate(createClient(world.url), 'signUp', { ...someone('wanted'), email: `wanted${index}@example.org` }),
    )
    const kinds = (await Promise.all(all)).map(({ __typename }) => __typename).toSorted()
    expect(kinds).toEqual([...Array<string>(19).fill('Conflict'), 'SignUpPayload'])
  })

  it('stores neither password nor tokens', async () => {
    const { token, email } = await signUp(world, 'secretive')
    const secrets = [password, token, tokenIn(await world.mailTo(email))]
    for (const table of ['users', 'accounts', 'sessions', 'links']) {
      const { rows } = await world.app.database.pool.query<{ row: string }>(`SELECT ${table}::text AS row FROM ${table}`)
      expect(rows.length).toBeGreaterThan(0)
      for (const { row } of rows) for (const secret of secrets) expect(row).not.toContain(secret)
    }
  })
})

describe('confirming the address', () => {
  it('is done by the link, once', async () => {
    const { client, email } = await signUp(world, 'hedy')
    const token = tokenIn(await world.mailTo(email))
    const verified = await mutate(client, 'verifyEmail', { token }, 'viewer { version emailVerified sessions { current } }')
    expect(verified).toMatchObject({
      __typename: 'VerifyEmailPayload',
      viewer: { version: 2, emailVerified: true, sessions: [{ current: true }] },
    })
    expect(await mutate(client, 'verifyEmail', { token })).toMatchObject({ __typename: 'BadCredentials', code: 'UNAUTHENTICATED' })
  })

  it('is done once by many at once', async () => {
    const { client, email } = await signUp(world, 'joan')
    const token = tokenIn(await world.mailTo(email))
    const kinds = (await Promise.all(Array.from({ length: 10 }, () => mutate(client, 'verifyEmail', { token })))).map(
      ({ __typename }) => __typename,
    )
    expect(kinds.filter((kind) => kind === 'VerifyEmailPayload')).toHaveLength(1)
  })

  it('works signed out, and opens nothing', async () => {
    const { email } = await signUp(world, 'karen')
    const token = tokenIn(await world.mailTo(email))
    const anyone = createClient(world.url, { origin: world.url })
    const verified = await mutate(anyone, 'verifyEmail', { token }, 'viewer { emailVerified user { handle } }')
    expect(verified).toMatchObject({ viewer: { emailVerified: true, user: { handle: 'karen' } } })
    expect(anyone.cookies.size).toBe(0)
  })

  it('shows signed out only what the account holds', async () => {
    const { email } = await signUp(world, 'radia')
    const token = tokenIn(await world.mailTo(email))
    const { data, errors } = await createClient(world.url).send(
      `mutation { verifyEmail(input: { token: "${token}" }) { ... on VerifyEmailPayload { viewer { sessions { ipAddress } } } } }`,
    )
    expect(data).toBeNull()
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  })

  it('tells nothing to someone else, and leaves the link as it was', async () => {
    const { client, email } = await signUp(world, 'lynn')
    const stranger = await signUp(world, 'mallory')
    const token = tokenIn(await world.mailTo(email))
    expect(await mutate(stranger.client, 'verifyEmail', { token }, 'viewer { email }')).toMatchObject({ __typename: 'BadCredentials' })
    expect(await mutate(client, 'verifyEmail', { token })).toMatchObject({ __typename: 'VerifyEmailPayload' })
  })

  it.each(['', 'wrong', 'x'.repeat(200)])('fails for the token %j', async (token) => {
    expect(await mutate(createClient(world.url), 'verifyEmail', { token })).toMatchObject({ __typename: 'BadCredentials' })
  })
})

it('asks for little SQL to say who is there', async () => {
  const { client } = await signUp(world, 'counted')
  await query(client, '{ viewer { user { id } } }')
  const { statements } = await world.statements(() => query(client, '{ viewer { user { id } } }'))
  expect(statements.length).toBeLessThanOrEqual(3)
})

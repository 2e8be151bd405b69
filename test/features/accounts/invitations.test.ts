import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../support/client.ts'
import { heldClock } from '../../support/clock.ts'
import { mutate, type Person, password, query, signUp, tokenIn } from '../../support/people.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let host: Person
const clock = heldClock()
beforeAll(async () => {
  world = await createWorld({ clock })
  host = await signUp(world, 'host')
})
afterAll(() => world.stop())

const user = 'user { handle displayName }'
const invite = (input: object, client = host.client) => mutate(client, 'invitePerson', input, user)
const redeem = (token: string) =>
  mutate(createClient(world.url), 'resetPassword', { token, password }, 'viewer { email emailVerified user { handle displayName } }')

describe('an invitation', () => {
  it('makes an account that its link opens, once', async () => {
    const email = 'Ada.Lovelace@example.com'
    expect(await invite({ email, displayName: 'Ada' })).toEqual({
      __typename: 'InvitePersonPayload',
      user: { handle: 'ada.lovelace', displayName: 'Ada' },
    })
    expect(await query(host.client, '{ user(handle: "ada.lovelace") { displayName } }')).toEqual({ user: { displayName: 'Ada' } })
    const token = tokenIn(await world.mailTo('ada.lovelace@example.com'))
    expect(await redeem(token)).toMatchObject({
      __typename: 'ResetPasswordPayload',
      viewer: { email: 'ada.lovelace@example.com', emailVerified: true, user: { handle: 'ada.lovelace', displayName: 'Ada' } },
    })
    expect(await redeem(token)).toMatchObject({ __typename: 'BadCredentials' })
    expect(await mutate(createClient(world.url), 'signIn', { login: 'ada.lovelace', password })).toMatchObject({
      __typename: 'SignInPayload',
    })
  })

  it('carries a link and no password, and no names that people choose freely', async () => {
    await mutate(host.client, 'updateProfile', { displayName: 'FREE MONEY http://evil.example' })
    await invite({ email: 'grace@example.com', displayName: 'CLICK http://evil.example' })
    const mail = (await world.mailTo('grace@example.com'))!
    expect(mail.subject).toBe('@host invites you to Parley')
    expect(mail.text).toContain('http://localhost:4000/accept-invitation#token=')
    expect(mail.text).toContain('You are @grace there')
    expect(JSON.stringify(mail)).not.toContain('evil')
  })

  it('gives a free handle where that of the address is taken', async () => {
    expect(await invite({ email: 'host@elsewhere.example' })).toMatchObject({ user: { handle: 'host2', displayName: 'host2' } })
  })

  it('gives different handles to people who are invited at once', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, (_, index) => invite({ email: `hedy@host${index}.example` })))
    expect(new Set(all.map((outcome) => (outcome.user as { handle: string }).handle)).size).toBe(10)
  })

  it('lasts seven days; a code or a new link works after it', async () => {
    const email = 'late@example.com'
    await invite({ email })
    const token = tokenIn(await world.mailTo(email))
    clock.forward(7 * 24 * 3_600_000)
    expect(await redeem(token)).toMatchObject({ __typename: 'BadCredentials' })
    await mutate(createClient(world.url), 'requestPasswordReset', { email })
    expect(await redeem(tokenIn(await world.mailTo(email)))).toMatchObject({ viewer: { user: { handle: 'late' } } })
    host = await signUp(world, 'newhost')
  })
})

describe('is refused', () => {
  it('where there is an account already, invited ones included', async () => {
    await signUp(world, 'member')
    expect(await invite({ email: 'MEMBER@example.org' })).toMatchObject({
      __typename: 'Conflict',
      reason: 'There is an account with this e-mail address already: nobody has to be invited. Add them to your channels instead.',
    })
    await invite({ email: 'waiting@example.com' })
    expect(await invite({ email: 'waiting@example.com' })).toMatchObject({ __typename: 'Conflict' })
  })

  it('with all that is wrong named', async () => {
    const outcome = await invite({ email: 'nobody', displayName: '' })
    expect(outcome.issues?.map(({ path }) => path)).toEqual(['input.email', 'input.displayName'])
  })

  it('for channels that are not there, and then nobody is made and nothing mailed', async () => {
    expect(await invite({ email: 'nowhere@example.com', channelIds: ['Q2hhbm5lbDox'] })).toMatchObject({ __typename: 'NotFound' })
    expect(await query(host.client, '{ user(handle: "nowhere") { id } }')).toEqual({ user: null })
    expect(await world.mailTo('nowhere@example.com')).toBeUndefined()
    expect(await invite({ email: 'somewhere@example.com', channelIds: [] })).toMatchObject({ __typename: 'InvitePersonPayload' })
  })

  it('past a number an hour', async () => {
    const limited = await createWorld({ env: { RATE_LIMITS: 'on', RATE_LIMIT_INVITATION: '2/h' } })
    const { client } = await signUp(limited, 'eager')
    await invite({ email: 'one@example.com' }, client)
    await invite({ email: 'two@example.com' }, client)
    expect(await invite({ email: 'three@example.com' }, client)).toMatchObject({ __typename: 'RateLimited' })
    await limited.stop()
  })

  it('to all but administrators, where the settings say so', async () => {
    const admin = { email: 'admin@example.org', password: 'the first password' }
    const closed = await createWorld({ env: { INVITATIONS: 'admins', ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password } })
    const { client } = await signUp(closed, 'plain')
    expect(await invite({ email: 'wrong' }, client)).toMatchObject({ __typename: 'Forbidden', code: 'FORBIDDEN' })
    const { token } = await mutate(createClient(closed.url), 'signIn', { login: admin.email, password: admin.password }, 'token')
    const asAdmin = createClient(closed.url, { token: String(token) })
    expect(await invite({ email: 'right@example.com' }, asAdmin)).toMatchObject({ user: { handle: 'right' } })
    await closed.stop()
  })
})

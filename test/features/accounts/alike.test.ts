import { afterAll, beforeAll, expect, it } from 'vitest'
import { BadCredentials } from '../../../src/kernel/errors.ts'
import { type AccountsRoom, openAccountsRoom } from '../../support/accounts-room.ts'

// Clocks lie on a busy machine. What takes the time is counted instead: statements, and argon2.

const password = 'correct horse battery'
const device = { userAgent: null, ipAddress: '203.0.113.1' }

let room: AccountsRoom
beforeAll(async () => {
  room = await openAccountsRoom()
  for (const handle of ['known', 'gone']) await room.accounts.signUp({ handle, email: `${handle}@example.org`, password }, device)
  const { viewer } = await room.accounts.signIn({ login: 'known', password }, device)
  await room.invitations.invite(viewer, { email: 'invited@example.org' })
  const leaving = await room.accounts.signIn({ login: 'gone', password }, device)
  await room.accounts.delete(leaving.viewer, { password })
  // The first statement reads the key of the hashes.
  await room.codes.request({ email: 'first@example.org' }, device)
  await room.settled()
})
afterAll(() => room.stop())

it.each([
  ['a wrong password', 'known', 'wrong password'],
  ['a wrong password, by address', 'known@example.org', 'wrong password'],
  ['an unknown handle', 'unknown', password],
  ['an unknown address', 'unknown@example.org', password],
  ['an account without a password', 'invited', password],
  ['a deleted account', 'gone', password],
  ['the address of a deleted account', 'gone@example.org', password],
])('signing in with %s costs one statement and one argon2', async (_what, login, secret) => {
  const attempt = () => room.accounts.signIn({ login, password: secret }, device).catch((error: unknown) => error)
  const { result, cost } = await room.costOf(attempt)
  expect(result).toBeInstanceOf(BadCredentials)
  expect(cost).toEqual({ statements: 1, hashes: 1 })
})

it.each([
  ['a known address', 'known@example.org', 1],
  ['an unknown one', 'unknown@example.org', 0],
  ['that of a deleted account', 'gone@example.org', 0],
])('asking for a new password with %s costs one statement before the answer', async (_what, email, mails) => {
  const { cost } = await room.costOf(() => room.recovery.request({ email }, device))
  expect({ ...cost, mails: room.counted.mails }).toEqual({ statements: 1, hashes: 0, mails: 0 })
  await room.settled()
  expect(room.counted.mails).toBe(mails)
})

it.each(['known@example.org', 'invited@example.org', 'unknown@example.org', 'gone@example.org'])(
  'asking for a code with %s costs one statement before the answer, and a mail after it',
  async (email) => {
    const { cost } = await room.costOf(() => room.codes.request({ email }, device))
    expect({ ...cost, mails: room.counted.mails }).toEqual({ statements: 1, hashes: 0, mails: 0 })
    await room.settled()
    expect(room.counted.mails).toBe(1)
  },
)

import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBusMemory } from '../../../src/adapters/bus-memory.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createIds } from '../../../src/adapters/ids.ts'
import { createPasswords } from '../../../src/adapters/passwords.ts'
import { createSessions } from '../../../src/adapters/sessions.ts'
import { readEnv } from '../../../src/env.ts'
import { createAccountsRoom } from '../../../src/features/accounts/room.ts'
import { BadCredentials } from '../../../src/kernel/errors.ts'
import type { Database } from '../../../src/ports/database.ts'
import type { Passwords } from '../../../src/ports/passwords.ts'
import { keptLog } from '../../support/log.ts'
import { createDatabase, type TestDatabase } from '../../support/postgres.ts'
import { statementsDuring } from '../../support/statements.ts'

// Clocks lie on a busy machine. What takes the time is counted instead: statements, and argon2.

const password = 'correct horse battery'
const device = { userAgent: null, ipAddress: '203.0.113.1' }

let testDatabase: TestDatabase
let database: Database
let hashes = 0
let mails = 0
let room: ReturnType<typeof createAccountsRoom>

beforeAll(async () => {
  testDatabase = await createDatabase()
  const log = keptLog()
  const [clock, ids] = [systemClock, createIds()]
  database = await openDatabase({ url: testDatabase.url, poolSize: 5, log })
  const real = createPasswords()
  const passwords: Passwords = {
    hash: (text) => (hashes++, real.hash(text)),
    verify: (hash, text) => (hashes++, real.verify(hash, text)),
  }
  const { rates } = readEnv({})
  const sessions = createSessions({ database, clock, ids })
  const mailer = { send: async () => void mails++ }
  const plain = {
    limiter: { take: async () => 0 },
    bus: createBusMemory({ log }),
    sms: { send: async () => {} },
    publicUrl: '',
    invitations: 'everyone',
  } as const
  room = createAccountsRoom({ database, sessions, passwords, mailer, clock, ids, log, rates, ...plain })

  const { accounts, invitations } = room.rooms
  for (const handle of ['known', 'gone']) await accounts.signUp({ handle, email: `${handle}@example.org`, password }, device)
  const { viewer } = await accounts.signIn({ login: 'known', password }, device)
  await invitations.invite(viewer, { email: 'invited@example.org' })
  const leaving = await accounts.signIn({ login: 'gone', password }, device)
  await accounts.delete(leaving.viewer, { password })
  // The first statement reads the key of the hashes.
  await room.rooms.codes.request({ email: 'first@example.org' }, device)
  await room.settled()
})
afterAll(async () => {
  await room.close()
  await database.close()
  await testDatabase.drop()
})

async function costOf(work: () => Promise<unknown>) {
  hashes = 0
  mails = 0
  const { result, statements } = await statementsDuring(database.pool, work)
  return { result, statements: statements.length, hashes }
}

it.each([
  ['a wrong password', 'known', 'wrong password'],
  ['a wrong password, by address', 'known@example.org', 'wrong password'],
  ['an unknown handle', 'unknown', password],
  ['an unknown address', 'unknown@example.org', password],
  ['an account without a password', 'invited', password],
  ['a deleted account', 'gone', password],
  ['the address of a deleted account', 'gone@example.org', password],
])('signing in with %s costs one statement and one argon2', async (_what, login, secret) => {
  const attempt = () => room.rooms.accounts.signIn({ login, password: secret }, device).catch((error: unknown) => error)
  const { result, ...cost } = await costOf(attempt)
  expect(result).toBeInstanceOf(BadCredentials)
  expect(cost).toEqual({ statements: 1, hashes: 1 })
})

it.each([
  ['a known address', 'known@example.org', 1],
  ['an unknown one', 'unknown@example.org', 0],
  ['that of a deleted account', 'gone@example.org', 0],
])('asking for a new password with %s costs nothing before the answer', async (_what, email, expected) => {
  const { statements, hashes } = await costOf(() => room.rooms.recovery.request({ email }, device))
  expect({ statements, hashes, mails }).toEqual({ statements: 0, hashes: 0, mails: 0 })
  await room.settled()
  expect(mails).toBe(expected)
})

it.each(['known@example.org', 'invited@example.org', 'unknown@example.org', 'gone@example.org'])(
  'asking for a code with %s costs one statement before the answer, and a mail after it',
  async (email) => {
    const { statements, hashes } = await costOf(() => room.rooms.codes.request({ email }, device))
    expect({ statements, hashes, mails }).toEqual({ statements: 1, hashes: 0, mails: 0 })
    await room.settled()
    expect(mails).toBe(1)
  },
)

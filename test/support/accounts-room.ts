import { createBusMemory } from '../../src/adapters/bus-memory.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { openDatabase } from '../../src/adapters/database.ts'
import { createIds } from '../../src/adapters/ids.ts'
import { createPasswords } from '../../src/adapters/passwords.ts'
import { createSessions } from '../../src/adapters/sessions.ts'
import { createMetrics } from '../../src/adapters/metrics.ts'
import { readEnv } from '../../src/env.ts'
import type { Farewell } from '../../src/features/accounts/accounts.ts'
import { createMailRoom } from '../../src/features/mail/room.ts'
import { createAccountsRoom } from '../../src/features/accounts/room.ts'
import type { Mail, Mailer } from '../../src/ports/mailer.ts'
import type { Passwords } from '../../src/ports/passwords.ts'
import { keptLog } from './log.ts'
import { createDatabase } from './postgres.ts'
import { statementsDuring } from './statements.ts'

/** The accounts room alone, on a database of its own: for what can't be seen from outside. */
export async function openAccountsRoom({ farewells = [] as Farewell[] } = {}) {
  const { url, drop } = await createDatabase()
  const log = keptLog()
  const [clock, ids, bus] = [systemClock, createIds(), createBusMemory({ log })]
  const database = await openDatabase({ url, poolSize: 5, log })
  const counted = { hashes: 0, mails: 0 }
  const sent: Mail[] = []
  const real = createPasswords()
  const passwords: Passwords = {
    hash: (text) => (counted.hashes++, real.hash(text)),
    verify: (hash, text) => (counted.hashes++, real.verify(hash, text)),
  }
  const mailer: Mailer = {
    async send(mail) {
      counted.mails++
      sent.push(mail)
    },
  }
  const mail = createMailRoom({ database, mailer, ids, clock, log, metrics: createMetrics(), gapMs: 0 })
  const room = createAccountsRoom({
    database,
    sessions: createSessions({ database, clock, ids }),
    passwords,
    limiter: { take: async () => 0 },
    bus,
    mails: mail.mails,
    sms: { send: async () => {} },
    clock,
    ids,
    log,
    rates: readEnv({}).rates,
    publicUrl: 'http://localhost:4000',
    invitations: 'everyone',
    farewells,
  })

  mail.start(room.writers)

  return {
    ...room,
    settled: () => Promise.all([room.settled(), mail.settled()]),
    ...room.rooms,
    database,
    bus,
    counted,
    sent,
    /** What some work costs: statements, and argon2. */
    async costOf(work: () => Promise<unknown>) {
      Object.assign(counted, { hashes: 0, mails: 0 })
      const { result, statements } = await statementsDuring(database.pool, work)
      return { result, cost: { statements: statements.length, hashes: counted.hashes } }
    },
    async stop() {
      await mail.close()
      await room.close()
      await bus.close()
      await database.close()
      await drop()
    },
  }
}

export type AccountsRoom = Awaited<ReturnType<typeof openAccountsRoom>>

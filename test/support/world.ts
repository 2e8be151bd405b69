import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, compose, type Instead } from '../../src/compose.ts'
import { readEnv } from '../../src/env.ts'
import type { Mail, Mailer } from '../../src/ports/mailer.ts'
import type { SmsSender } from '../../src/ports/sms.ts'
import { createDatabase } from './postgres.ts'
import { statementsDuring } from './statements.ts'

type Sms = Parameters<SmsSender['send']>[0]

export type World = {
  app: App
  url: string
  graphql: string
  /** For another server on the same database. */
  databaseUrl: string
  mails: Mail[]
  messages: Sms[]
  /** Once everything is sent that was to be: the newest mail to an address. */
  mailTo(address: string): Promise<Mail | undefined>
  smsTo(number: string): Promise<Sms | undefined>
  /** The SQL that some work costs, whichever statements Prisma and the rooms make of it. */
  statements<Result>(work: () => Promise<Result>, options?: { sweeps?: boolean }): Promise<{ result: Result; statements: string[] }>
  stop(): Promise<void>
}

type Options = Instead & {
  /** Settings on top of those of a test: no limits per time, no log, nobody there, nobody notified of what is said. */
  env?: Record<string, string>
  /** A database that is there already; left alone at the end. */
  databaseUrl?: string
}

/** A whole server of one's own, on a fresh database, with a mailer that remembers. */
export async function createWorld({ env = {}, databaseUrl, ...instead }: Options = {}): Promise<World> {
  const database = databaseUrl ? { url: databaseUrl, drop: async () => {} } : await createDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-world-'))
  const mails: Mail[] = []
  const messages: Sms[] = []
  const mailer: Mailer = { send: async (mail) => void mails.push(mail) }
  const sms: SmsSender = { send: async (message) => void messages.push(message) }
  const settings = readEnv({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    HOST: '127.0.0.1',
    PORT: '0',
    PUBLIC_URL: 'http://localhost:4000',
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    DATABASE_POOL: '10',
    RATE_LIMITS: 'off',
    DEMO: 'false',
    NOTIFIER: 'off',
    ...env,
  })
  const app = await compose(settings, { mailer, sms, ...instead })
  const { url } = await app.listen()

  return {
    app,
    url,
    graphql: `${url}/graphql`,
    databaseUrl: database.url,
    mails,
    messages,
    async mailTo(address) {
      await app.settled()
      return mails.findLast(({ to }) => to === address)
    },
    async smsTo(number) {
      await app.settled()
      return messages.findLast(({ to }) => to === number)
    },
    async statements(work, options) {
      // A mail that is on its way is the postman's, not theirs.
      await app.settled()
      return statementsDuring(app.database.pool, work, options)
    },
    async stop() {
      await app.close()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { Client, type ClientBase, type DatabaseError, Pool, type QueryConfig } from 'pg'
import { PrismaClient } from '../generated/prisma/client.ts'
import { CannotStart } from '../kernel/cannot-start.ts'
import type { Database } from '../ports/database.ts'
import type { Log } from '../ports/log.ts'

const oldest = 15

export async function openDatabase({ url, poolSize, log }: { url: string; poolSize: number; log: Log }): Promise<Database> {
  const pool = openPool(url, poolSize, log)
  try {
    await checkServer(pool, url)
  } catch (error) {
    await pool.end()
    throw error
  }
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
  // Its first query costs 200 ms, which nobody should wait for.
  await prisma.server.findFirst().catch(() => {})
  let closed: Promise<void> | undefined
  return {
    prisma,
    pool,
    async ping() {
      await pool.query(promptly)
    },
    close: () => (closed ??= close(prisma, pool, log)),
  }
}

const promptly: QueryConfig & { query_timeout: number } = { text: 'SELECT 1', query_timeout: 2_000 }

function openPool(url: string, size: number, log: Log): Pool {
  const pool = new Pool({
    connectionString: url,
    max: size,
    application_name: 'parley',
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    statement_timeout: 5_000,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
    // For a server that is gone without a word: the others are its own.
    query_timeout: 8_000,
    onConnect: prepare,
  })
  // Whoever waits for a statement learns of a lost connection there. Here is where nobody waits; unheard, it would end the process. A pool
  // that has ended may still have connections on their way out, which the end of PostgreSQL overtakes.
  pool.on('error', ({ message }) => pool.ending || log.warn('Lost an idle connection to PostgreSQL.', { reason: message }))
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/**
 * Prisma takes every time for UTC, whatever zone the server says it in. And what is asked is a few rows by their keys, from memory or a
 * disk that doesn't turn: with the default of 4 PostgreSQL rather goes through a table than looks up some hundred of its rows. Awaited,
 * whatever its type says.
 */
const prepare = (client: ClientBase): void => client.query("SET TIME ZONE 'UTC'; SET random_page_cost = 1.1") as unknown as void

async function checkServer(pool: Pool, url: string): Promise<void> {
  const { host, port, user, database } = new Client(url)
  const where = host.startsWith('/') ? host : `${host}:${port}`
  const { rows } = await pool
    .query<{ version: string; number: number }>(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number`,
    )
    .catch((error: DatabaseError) => {
      if (error.code?.startsWith('28'))
        throw new CannotStart(`PostgreSQL at ${where} does not let ${user} in. Check user and password in DATABASE_URL.`)
      if (error.code === '3D000')
        throw new CannotStart(`PostgreSQL at ${where} has no database ${database}. Create it, or correct DATABASE_URL.`)
      if (error.severity) throw new CannotStart(`PostgreSQL at ${where} takes no connection: ${error.message}. Look at its log.`)
      throw new CannotStart(`No PostgreSQL answers at ${where} (${error.code || error.message}). Is it running, and is DATABASE_URL right?`)
    })
  const [found] = rows
  if (!found || found.number < oldest * 10_000)
    throw new CannotStart(
      `PostgreSQL ${oldest} or newer is needed, and at ${where} is ${found?.version ?? 'none'}. Upgrade it, or set another DATABASE_URL.`,
    )
}

/** Waits for statements under way, but not for a server that will never answer. */
async function close(prisma: PrismaClient, pool: Pool, log: Log): Promise<void> {
  await prisma.$disconnect()
  const late = new AbortController()
  await Promise.race([
    pool.end().finally(() => late.abort()),
    delay(3_000, undefined, { signal: late.signal }).then(
      () => log.warn('Leaving connections to PostgreSQL that are still busy.', { connections: pool.totalCount }),
      () => {},
    ),
  ])
}

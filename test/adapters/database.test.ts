import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GraphQLError } from 'graphql'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { openDatabase } from '../../src/adapters/database.ts'
import { freePort } from '../../src/embedded/free-port.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { CannotStart } from '../../src/kernel/cannot-start.ts'
import { isUnavailable } from '../../src/kernel/unavailable.ts'
import type { Database } from '../../src/ports/database.ts'
import { type Directory, makeDirectory } from '../support/directory.ts'
import { openDoor } from '../support/door.ts'
import { keptLog } from '../support/log.ts'
import { createDatabase, type TestDatabase } from '../support/postgres.ts'
import { rowsOf } from '../support/rows-of.ts'
import { statementsDuring } from '../support/statements.ts'

type Case = Pick<TestContext, 'onTestFinished'>

let postgres: TestDatabase
beforeAll(async () => {
  postgres = await createDatabase()
})
afterAll(() => postgres.drop())

async function open({ onTestFinished }: Case, { poolSize = 4, log = keptLog(), url = postgres.url } = {}): Promise<Database> {
  const database = await openDatabase({ url, poolSize, log })
  onTestFinished(database.close)
  return database
}

async function behindDoor({ onTestFinished }: Case) {
  const url = new URL(postgres.url)
  const door = await openDoor({ host: url.hostname, port: Number(url.port) })
  onTestFinished(door.close)
  url.port = String(door.port)
  return { door, url: url.href }
}

const nameOf = (url: string) => new URL(url).pathname.slice(1)

/** Sees every connection of its pool at work at once. */
const fill = ({ pool }: Database) => Promise.all(Array.from({ length: pool.options.max }, () => pool.query('SELECT pg_sleep(0.1)')))

/** What a piece of work that has to fail throws. */
const failureOf = (work: () => Promise<unknown>): Promise<unknown> =>
  work().then(
    () => {
      throw new Error('It was expected to fail, and did not.')
    },
    (error: unknown) => error,
  )

/** The ways a statement goes out: by hand, through Prisma, and in a transaction of either. */
const ways: Record<string, (database: Database, sql: string) => Promise<unknown>> = {
  pool: ({ pool }, sql) => pool.query(sql),
  prisma: ({ prisma }, sql) => prisma.$queryRawUnsafe(sql),
  'prisma transaction': ({ prisma }, sql) => prisma.$transaction((within) => within.$queryRawUnsafe(sql)),
  'pool transaction': async ({ pool }, sql) => {
    const client = await pool.connect()
    try {
      const result = await client.query(sql)
      client.release()
      return result
    } catch (error) {
      client.release(true)
      throw error
    }
  },
}

/** Fails every way at once; the messages of those failures that did not count as unavailable. */
async function notUnavailable(database: Database, sql = 'SELECT 1'): Promise<string[]> {
  const failures = await Promise.all(
    Object.entries(ways).map(async ([way, run]) => [way, await failureOf(() => run(database, sql))] as const),
  )
  return failures.flatMap(([way, failure]) => (isUnavailable(failure) ? [] : [`${way}: ${String(failure)}`]))
}

describe.concurrent('the database', () => {
  it('shares one pool between Prisma and SQL', async (test) => {
    const own = await createDatabase()
    test.onTestFinished(own.drop)
    const { prisma, pool, ping } = await open(test, { url: own.url, poolSize: 2 })
    await ping()
    const many = Array.from({ length: 10 })
    await Promise.all([...many.map(() => prisma.server.findMany()), ...many.map(() => pool.query('SELECT 1'))])
    expect(pool.totalCount).toBe(2)
    const connections = `SELECT FROM pg_stat_activity WHERE datname = '${nameOf(own.url)}' AND application_name = 'parley'`
    expect(await rowsOf(postgres.url, connections)).toHaveLength(2)
  })

  it('lets no statement, lock or forgotten transaction take for ever', async (test) => {
    const { prisma } = await open(test)
    const rows = await prisma.$queryRaw`
      SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
        current_setting('idle_in_transaction_session_timeout') AS idle`
    expect(rows).toEqual([{ statement: '5s', lock: '2s', idle: '10s' }])
  })

  it('closes however often it is told, and does not wait for ever for who is still at it', async (test) => {
    const log = keptLog()
    const { pool, close } = await open(test, { log })
    await pool.connect()
    await Promise.all([close(), close()])
    await close()
    const message = 'Leaving connections to PostgreSQL that are still busy.'
    expect(log.lines).toEqual([{ level: 'warn', message, fields: { connections: 1 } }])
  })
})

describe.concurrent('the database says in one line why the server cannot start', () => {
  const refusal = async (at: string, change: (url: URL) => void = () => {}) => {
    const url = new URL(at)
    change(url)
    const failure = await failureOf(() => openDatabase({ url: url.href, poolSize: 2, log: keptLog() }))
    expect(failure).toBeInstanceOf(CannotStart)
    const { message } = failure as CannotStart
    expect(message).not.toContain(url.password)
    expect(message).not.toContain('\n')
    return message.replace(url.host, 'HOST:PORT')
  }

  it('where nobody listens', async () => {
    const port = await freePort()
    expect(await refusal(postgres.url, (url) => (url.port = String(port)))).toBe(
      'No PostgreSQL answers at HOST:PORT (ECONNREFUSED). Is it running, and is DATABASE_URL right?',
    )
  })

  it('where nobody is', async () => {
    expect(await refusal(postgres.url, (url) => (url.hostname = 'nowhere.invalid'))).toMatch(
      /^No PostgreSQL answers at HOST:PORT \((ENOTFOUND|EAI_AGAIN)\)\. Is it running, and is DATABASE_URL right\?$/,
    )
  })

  it('where somebody listens and never answers', async (test) => {
    const { door, url } = await behindDoor(test)
    door.pause()
    expect(await refusal(url)).toMatch(/^No PostgreSQL answers at HOST:PORT \(.*timeout.*\)\. Is it running, and is DATABASE_URL right\?$/)
  })

  it('where the password is wrong', async () => {
    expect(await refusal(postgres.url, (url) => (url.password = 'guessed'))).toBe(
      'PostgreSQL at HOST:PORT does not let parley in. Check user and password in DATABASE_URL.',
    )
  })

  it('where there is no such database', async () => {
    expect(await refusal(postgres.url, (url) => (url.pathname = '/nowhere'))).toBe(
      'PostgreSQL at HOST:PORT has no database nowhere. Create it, or correct DATABASE_URL.',
    )
  })

  it('where PostgreSQL is too old', async ({ onTestFinished }) => {
    const old = await createDatabase()
    onTestFinished(old.drop)
    // A database that says it is version 14: its own current_setting comes first.
    await rowsOf(
      old.url,
      `CREATE SCHEMA old; CREATE FUNCTION old.current_setting(text) RETURNS text LANGUAGE sql AS $$
         SELECT CASE $1 WHEN 'server_version_num' THEN '140012' ELSE '14.12' END $$;
       ALTER DATABASE ${nameOf(old.url)} SET search_path = old, pg_catalog, public`,
    )
    expect(await refusal(old.url)).toBe(
      'PostgreSQL 15 or newer is needed, and at HOST:PORT is 14.12. Upgrade it, or set another DATABASE_URL.',
    )
  })
})

describe.concurrent('a transaction', () => {
  it('that took too long, or had to wait too long for its turn, is no bug', async (test) => {
    const { prisma } = await open(test, { poolSize: 1 })
    const slow = (within: Pick<typeof prisma, '$queryRaw'>) => within.$queryRaw`SELECT pg_sleep(0.3)::text`
    const expired = failureOf(() => prisma.$transaction((within) => slow(within).then(() => slow(within)), { timeout: 100 }))
    const unbegun = failureOf(() => prisma.$transaction(slow, { maxWait: 50 }))
    for (const failure of [await expired, await unbegun]) expect([failure, isUnavailable(failure)]).toEqual([expect.any(Error), true])
  })

  it('that is used after its end is one', async (test) => {
    const { prisma } = await open(test)
    const kept = await prisma.$transaction(async (within) => [within])
    expect(isUnavailable(await failureOf(() => kept[0]!.server.findMany()))).toBe(false)
  })
})

describe.concurrent('a PostgreSQL that is away', () => {
  it('is unavailable while nobody listens, and used again as soon as somebody does', async (test) => {
    const { door, url } = await behindDoor(test)
    const log = keptLog()
    const database = await open(test, { url, log })
    await door.shut()
    await vi.waitFor(() => expect(database.pool.totalCount).toBe(0))
    expect(await notUnavailable(database)).toEqual([])
    expect(isUnavailable(await failureOf(() => database.prisma.server.findMany()))).toBe(true)
    expect(isUnavailable(await failureOf(database.ping))).toBe(true)
    await door.open()
    await database.ping()
    expect(await database.prisma.server.findMany()).toHaveLength(1)
    const lost = log.lines.find(({ message }) => message === 'Lost an idle connection to PostgreSQL.')
    expect(lost?.fields).toEqual({ reason: expect.stringMatching(/./) })
  })

  it('is unavailable when it stops to answer on connections that are there', async (test) => {
    const { door, url } = await behindDoor(test)
    const database = await open(test, { url, poolSize: 5 })
    await fill(database)
    door.pause()
    const since = performance.now()
    const pinged = failureOf(database.ping).then((failure) => ({ failure, after: performance.now() - since }))
    expect(await notUnavailable(database)).toEqual([])
    const { failure, after } = await pinged
    expect(isUnavailable(failure)).toBe(true)
    // Soon enough for whoever asks whether this node is ready.
    expect(after).toBeLessThan(5_000)
    door.resume()
    await vi.waitFor(database.ping, 10_000)
  })

  it('is unavailable when it does not answer who comes', async (test) => {
    const { door, url } = await behindDoor(test)
    const database = await open(test, { url })
    const taken = await database.pool.connect()
    door.pause()
    expect(await notUnavailable(database)).toEqual([])
    door.resume()
    taken.release()
    await database.ping()
  })

  it('is unavailable when it is cut off under a statement', async (test) => {
    const { door, url } = await behindDoor(test)
    const database = await open(test, { url })
    const under = notUnavailable(database, `SELECT pg_sleep(4), 'cut'`)
    const sleeping = `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%cut''' AND pid <> pg_backend_pid()`
    await vi.waitFor(async () => expect(await rowsOf(postgres.url, sleeping)).toHaveLength(4), 4_000)
    door.cut()
    expect(await under).toEqual([])
    await vi.waitFor(database.ping)
  })

  it('is unavailable when somebody ends the connection, and this process does not end with it', async (test) => {
    const database = await open(test, { poolSize: 5 })
    const kept = await database.pool.connect()
    const { rows } = await kept.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    expect(await notUnavailable(database, 'SELECT pg_terminate_backend(pg_backend_pid())')).toEqual([])
    // Nobody is at it now, and it is not idle in the pool either.
    await rowsOf(postgres.url, `SELECT pg_terminate_backend(${rows[0]?.pid}, 5000)`)
    await vi.waitFor(async () => expect(isUnavailable(await failureOf(() => kept.query('SELECT 1')))).toBe(true))
    kept.release()
    await vi.waitFor(database.ping)
  })

  it('is unavailable once it is closed', async (test) => {
    const database = await open(test)
    await database.close()
    expect(await notUnavailable(database)).toEqual([])
  })
})

describe.concurrent('a PostgreSQL that is too busy', () => {
  it('is unavailable while all connections are taken', async (test) => {
    const database = await open(test, { poolSize: 2 })
    const taken = await Promise.all([database.pool.connect(), database.pool.connect()])
    expect(await notUnavailable(database)).toEqual([])
    for (const client of taken) client.release()
    await database.ping()
  })

  it('is unavailable when a statement takes too long', async (test) => {
    const database = await open(test)
    expect(await notUnavailable(database, 'SELECT pg_sleep(10)')).toEqual([])
  })

  it('is unavailable when a lock takes too long', async (test) => {
    const database = await open(test, { poolSize: 5 })
    const blocker = await database.pool.connect()
    await blocker.query('BEGIN; LOCK TABLE links')
    expect(await notUnavailable(database, 'SELECT FROM links')).toEqual([])
    await blocker.query('ROLLBACK')
    blocker.release()
  })

  it('is unavailable where only reading is left', async (test) => {
    const standby = await createDatabase()
    test.onTestFinished(standby.drop)
    await rowsOf(standby.url, `ALTER DATABASE ${nameOf(standby.url)} SET default_transaction_read_only = on`)
    const database = await open(test, { url: standby.url })
    expect(await notUnavailable(database, 'UPDATE server SET id = id')).toEqual([])
  })
})

describe('a PostgreSQL of few connections', () => {
  let directory: Directory
  let embedded: EmbeddedPostgres
  const room = 8

  beforeAll(async () => {
    directory = await makeDirectory()
    embedded = await startEmbeddedPostgres({ dataDir: directory.path, log: keptLog(), maxConnections: room, durable: false })
  })
  afterAll(async () => {
    await embedded.stop()
    await directory.remove()
  })

  it('is unavailable when they are taken', async (test) => {
    const database = await open(test, { url: embedded.url })
    const taken = await database.pool.connect()
    const others = await Promise.all(
      Array.from({ length: room - 1 }, async () => {
        const client = new Client(embedded.url)
        await client.connect()
        return client
      }),
    )
    expect(await notUnavailable(database)).toEqual([])
    const another = openDatabase({ url: embedded.url, poolSize: 2, log: keptLog() })
    await expect(another).rejects.toThrow(/^PostgreSQL at \S+ takes no connection: sorry, too many clients already\. Look at its log\.$/)
    await Promise.all(others.map((client) => client.end()))
    taken.release()
    await vi.waitFor(() => fill(database))
  })

  it('is unavailable to all who are at it when it dies, and used again when it is back', async (test) => {
    const database = await open(test, { url: embedded.url })
    const under = notUnavailable(database, 'SELECT pg_sleep(4)')
    const sleeping = `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`
    await vi.waitFor(async () => expect(await rowsOf(embedded.url, sleeping)).toHaveLength(4), 4_000)
    const pidFile = await readFile(join(directory.path, 'postgres/cluster/data/postmaster.pid'), 'utf8')
    process.kill(Number(pidFile.split('\n')[0]), 'SIGKILL')
    expect(await under).toEqual([])
    await vi.waitFor(database.ping, 15_000)
    expect(await database.prisma.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }])
  })
})

describe('what is a bug and not unavailable', () => {
  it('is whatever PostgreSQL answered otherwise', async (test) => {
    const database = await open(test)
    const statements = ['SELECT nonsense', 'SELECT 1 / 0', 'INSERT INTO server (id, code_key) VALUES (2, $$x$$)', 'SELECT FROM nowhere']
    for (const sql of statements) {
      const bugs = await notUnavailable(database, sql)
      expect(bugs).toHaveLength(Object.keys(ways).length)
    }
    const { server } = database.prisma
    expect(isUnavailable(await failureOf(() => server.findFirstOrThrow({ where: { id: 5 } })))).toBe(false)
    expect(isUnavailable(await failureOf(() => server.findFirst({ where: { nonsense: 1 } as never })))).toBe(false)
  })

  it('is whatever else is thrown', () => {
    const circle = new Error('round')
    circle.cause = circle
    const noSuchFile = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' })
    for (const thrown of [null, undefined, 'ECONNREFUSED', 7, {}, circle, new TypeError('x is not a function'), noSuchFile])
      expect(isUnavailable(thrown)).toBe(false)
  })

  it('but a failure is seen through what it was wrapped in', async (test) => {
    const database = await open(test)
    await database.close()
    const failure = (await failureOf(database.ping)) as Error
    expect(isUnavailable(new Error('outer', { cause: new Error('inner', { cause: failure }) }))).toBe(true)
    expect(isUnavailable(new GraphQLError('outer', { originalError: failure }))).toBe(true)
    expect(isUnavailable(new AggregateError([new Error('other'), failure]))).toBe(true)
  })
})

describe('counting statements', () => {
  it('hears Prisma, SQL and transactions, each once and only meanwhile', async (test) => {
    const { prisma, pool } = await open(test)
    const { result, statements } = await statementsDuring(pool, async () => {
      await prisma.server.findMany()
      await pool.query({ text: 'SELECT 2', values: [] })
      await prisma.$transaction(async (within) => {
        await within.$queryRaw`SELECT 3`
      })
      const client = await pool.connect()
      await client.query('SELECT 4')
      client.release()
      return 'done'
    })
    expect(result).toBe('done')
    const found = expect.stringMatching(/^SELECT .* FROM "public"."server"/)
    expect(statements).toEqual([found, 'SELECT 2', 'BEGIN', 'SELECT 3', 'COMMIT', 'SELECT 4'])
    await Promise.all([pool.query('SELECT 5'), prisma.$queryRaw`SELECT 6`])
    expect(statements).toHaveLength(6)
  })
})

describe('times', () => {
  it('are the same whatever the time zone of the server, from where they come and where they go', async (test) => {
    const far = await createDatabase()
    test.onTestFinished(far.drop)
    await rowsOf(far.url, `ALTER DATABASE ${nameOf(far.url)} SET timezone TO 'Asia/Kathmandu'`)
    const { prisma, pool } = await open(test, { url: far.url })
    const at = new Date('2026-07-01T12:34:56.789Z')
    const id = '019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a'
    await prisma.channel.create({ data: { id, kind: 'GROUP', name: 'Tea', createdAt: at } })
    await prisma.$executeRaw`UPDATE channels SET archived_at = ${at} WHERE id = ${id}::uuid`
    await pool.query('UPDATE channels SET last_active_at = $1 WHERE id = $2', [at, id])
    const same = { createdAt: at, archivedAt: at, lastActiveAt: at }
    expect(await prisma.channel.findUnique({ where: { id, createdAt: at } })).toMatchObject(same)
    const columns = 'created_at AS "createdAt", archived_at AS "archivedAt", last_active_at AS "lastActiveAt"'
    expect((await pool.query(`SELECT ${columns} FROM channels`)).rows).toEqual([same])
    expect(await prisma.$queryRawUnsafe(`SELECT ${columns} FROM channels`)).toEqual([same])
    const [now] = await prisma.$queryRaw<{ at: Date }[]>`SELECT now() AS at`
    expect(Math.abs(now!.at.getTime() - Date.now())).toBeLessThan(60_000)
  })
})

import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, Pool } from 'pg'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { applyMigrations, migrationsFolder, pendingMigrations } from '../../src/adapters/migrations.ts'
import { CannotStart } from '../../src/kernel/cannot-start.ts'
import { makeDirectory } from '../support/directory.ts'
import { keptLog } from '../support/log.ts'
import { createEmptyDatabase } from '../support/postgres.ts'
import { rowsOf } from '../support/rows-of.ts'

/** A pool ends before its connections have: one that the dropped database cuts off meanwhile is nobody's failure. */
function openPool(connectionString: string): Pool {
  const pool = new Pool({ connectionString })
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

const first = '20300101000000_first'
const second = '20300102000000_second'

describe('migrations', () => {
  let url: string
  let folder: string
  let log: ReturnType<typeof keptLog>

  beforeEach(async () => {
    const [database, directory] = await Promise.all([createEmptyDatabase(), makeDirectory()])
    onTestFinished(async () => {
      await Promise.all([database.drop(), directory.remove()])
    })
    url = database.url
    folder = directory.path
    log = keptLog()
    await writeFile(join(folder, 'migration_lock.toml'), 'provider = "postgresql"')
    await write(first, `CREATE TABLE things (n int);\nINSERT INTO things VALUES (1); -- and a ; in a comment`)
  })

  const write = async (name: string, sql: string) => {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'migration.sql'), sql)
  }
  const apply = () => applyMigrations({ url, folder, log })
  const pending = async () => {
    const pool = openPool(url)
    try {
      return await pendingMigrations(pool, folder)
    } finally {
      await pool.end()
    }
  }
  const names = (migrations: unknown[]) => migrations.map((row) => (row as { migration_name: string }).migration_name)
  const booked = async () => names(await rowsOf(url, 'SELECT migration_name FROM _prisma_migrations ORDER BY started_at, migration_name'))

  it('are applied in order, once', async () => {
    await write(second, 'INSERT INTO things SELECT n + 1 FROM things')
    expect(await pending()).toEqual([first, second])
    await apply()
    await apply()
    expect(await rowsOf(url, 'SELECT n FROM things ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }])
    expect(await pending()).toEqual([])
    await write('20300103000000_third', 'DELETE FROM things WHERE n = 1')
    expect(await pending()).toEqual(['20300103000000_third'])
    await apply()
    expect(await rowsOf(url, 'SELECT n FROM things')).toEqual([{ n: 2 }])
  })

  it("are entered in Prisma's own books", async () => {
    await apply()
    const columns = await rowsOf(
      url,
      `SELECT column_name AS name, data_type AS type, character_maximum_length AS length, is_nullable = 'YES' AS nullable, column_default AS preset
       FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
    )
    expect(columns).toEqual([
      { name: 'id', type: 'character varying', length: 36, nullable: false, preset: null },
      { name: 'checksum', type: 'character varying', length: 64, nullable: false, preset: null },
      { name: 'finished_at', type: 'timestamp with time zone', length: null, nullable: true, preset: null },
      { name: 'migration_name', type: 'character varying', length: 255, nullable: false, preset: null },
      { name: 'logs', type: 'text', length: null, nullable: true, preset: null },
      { name: 'rolled_back_at', type: 'timestamp with time zone', length: null, nullable: true, preset: null },
      { name: 'started_at', type: 'timestamp with time zone', length: null, nullable: false, preset: 'now()' },
      { name: 'applied_steps_count', type: 'integer', length: null, nullable: false, preset: '0' },
    ])
    const file = await readFile(join(folder, first, 'migration.sql'))
    expect(await rowsOf(url, 'SELECT *, finished_at >= started_at AS ordered FROM _prisma_migrations')).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        checksum: createHash('sha256').update(file).digest('hex'),
        migration_name: first,
        logs: null,
        rolled_back_at: null,
        started_at: expect.any(Date),
        finished_at: expect.any(Date),
        applied_steps_count: 1,
        ordered: true,
      },
    ])
  })

  it('of this release build its database from nothing', async () => {
    await applyMigrations({ url, log })
    const pool = openPool(url)
    expect(await pendingMigrations(pool)).toEqual([])
    await pool.end()
    expect(migrationsFolder).toMatch(/prisma.migrations$/)
    expect(await rowsOf(url, 'SELECT id FROM server')).toEqual([{ id: 1 }])
  })

  it('are applied once by nodes that start together', async () => {
    await write(second, 'INSERT INTO things SELECT n + 1 FROM things; SELECT pg_sleep(0.05)')
    await Promise.all([apply(), apply(), apply(), apply()])
    expect(await booked()).toEqual([first, second])
    expect(log.lines.map(({ fields }) => fields.migration)).toEqual([first, second])
    expect(await rowsOf(url, 'SELECT n FROM things ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }])
  })

  it("wait for the one who is at it, Prisma's own command included, however impatient the database", async () => {
    const name = new URL(url).pathname.slice(1)
    await rowsOf(url, `ALTER DATABASE ${name} SET statement_timeout = '50ms'`)
    await rowsOf(url, `ALTER DATABASE ${name} SET lock_timeout = '50ms'`)
    const other = new Client(url)
    await other.connect()
    await other.query('SELECT pg_advisory_lock(72707369)')
    const applied = apply()
    const waited = `SELECT 1 AS one FROM pg_stat_activity WHERE datname = '${name}' AND wait_event = 'advisory' AND now() - query_start > interval '200ms'`
    await vi.waitFor(async () => expect(await rowsOf(url, waited)).toEqual([{ one: 1 }]), 10_000)
    expect(await rowsOf(url, `SELECT to_regclass('things') AS things`)).toEqual([{ things: null }])
    await other.end()
    await applied
    expect(await booked()).toEqual([first])
  })

  it('that fail leave nothing behind, name the reason, and can be tried again', async () => {
    await write(second, 'CREATE TABLE half (n int);\nINSERT INTO nowhere VALUES (1);')
    const failed = apply()
    await expect(failed).rejects.toThrow(`The migration ${second} failed and was taken back: relation "nowhere" does not exist`)
    await expect(failed).rejects.toBeInstanceOf(CannotStart)
    expect(await booked()).toEqual([first])
    expect(await rowsOf(url, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }])
    expect(await pending()).toEqual([second])
    // The lock is free again, too.
    await write(second, 'CREATE TABLE half (n int)')
    await apply()
    expect(await booked()).toEqual([first, second])
  })

  it('are there with their entry, or not at all', async () => {
    await write(second, 'CREATE TABLE half (n int);\nALTER TABLE _prisma_migrations ADD CONSTRAINT full_up CHECK (false) NOT VALID')
    await expect(apply()).rejects.toThrow('full_up')
    expect(await booked()).toEqual([first])
    expect(await rowsOf(url, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }])
  })

  it('are refused when one was changed after it was applied, and none of the new ones runs', async () => {
    await apply()
    await write(first, 'CREATE TABLE other (n int)')
    await write(second, 'DROP TABLE things')
    const refused = apply()
    await expect(refused).rejects.toThrow(`The migration ${first} was changed after this database applied it.`)
    await expect(refused).rejects.toBeInstanceOf(CannotStart)
    expect(await rowsOf(url, 'SELECT n FROM things')).toEqual([{ n: 1 }])
  })

  it('are refused when one was left half done, until a person says how it stands', async () => {
    await apply()
    await write(second, 'CREATE TABLE more (n int)')
    await rowsOf(
      url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES ('${'0'.repeat(36)}', 'x', '${second}', 'a database error')`,
    )
    const refused = apply()
    await expect(refused).rejects.toThrow(`The migration ${second} was begun and not finished.`)
    await expect(refused).rejects.toBeInstanceOf(CannotStart)
    expect(await pending()).toEqual([second])
    // What `prisma migrate resolve --rolled-back` writes.
    await rowsOf(url, `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '${second}'`)
    await apply()
    expect(await pending()).toEqual([])
    expect(await rowsOf(url, `SELECT count(*)::int AS entries FROM _prisma_migrations WHERE migration_name = '${second}'`)).toEqual([
      { entries: 2 },
    ])
  })

  it('of a newer release are let be, with a warning', async () => {
    await write(second, 'CREATE TABLE newer (n int)')
    await apply()
    const older = await makeDirectory()
    onTestFinished(older.remove)
    folder = older.path
    await write(first, `CREATE TABLE things (n int);\nINSERT INTO things VALUES (1); -- and a ; in a comment`)
    await apply()
    expect(log.lines.at(-1)).toEqual({
      level: 'warn',
      message: 'The database has a migration that this release does not know.',
      fields: { migration: second },
    })
    expect(await pending()).toEqual([])
  })

  it('are missed where the folder was not deployed', async () => {
    folder = join(folder, 'nowhere')
    await expect(apply()).rejects.toThrow(`There are no migrations in ${folder}. Deploy the directory prisma/ along with the code.`)
  })
})

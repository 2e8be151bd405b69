import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, type Pool } from 'pg'
import { CannotStart } from '../kernel/cannot-start.ts'
import type { Log } from '../ports/log.ts'

/** Seen from src/ and from dist/ alike. */
export const migrationsFolder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))

/** The one that Prisma's own `migrate deploy` takes. */
export const advisoryLock = 72_707_369

const table = `
  CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT,
    "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
  )`

type Migration = { name: string; sql: string; checksum: string }
type Applied = { name: string; checksum: string; finished: boolean }

/**
 * Brings a database up to date, in Prisma's own books: `prisma migrate status` and `deploy` agree with what happens here. Each
 * migration is one transaction with its entry, so that it is there as a whole or not at all. Many nodes may do this at once.
 * Rejects with `CannotStart` where a person must look: a migration failed, was changed later, or was left half done by others.
 */
export async function applyMigrations({ url, folder = migrationsFolder, log }: { url: string; folder?: string; log: Log }): Promise<void> {
  const migrations = await readMigrations(folder)
  // A connection of its own: it may wait for the lock, and work, longer than any statement of the server may.
  const client = new Client({ connectionString: url, application_name: 'parley migrations' })
  client.on('error', () => {})
  await client.connect()
  const waiting = setTimeout(() => log.info('Waiting for another node to finish the migrations.'), 3_000)
  try {
    await client.query('SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0')
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock])
    clearTimeout(waiting)
    await client.query(table)
    const applied = check(migrations, await readApplied(client), log)
    for (const migration of migrations) {
      if (applied.has(migration.name)) continue
      await apply(client, migration)
      log.info('Applied a migration.', { migration: migration.name })
    }
  } finally {
    clearTimeout(waiting)
    await client.end()
  }
}

/** Names of the migrations that this code has and the database has not. */
export async function pendingMigrations(database: Pool, folder = migrationsFolder): Promise<string[]> {
  const applied = new Set((await readApplied(database)).filter(({ finished }) => finished).map(({ name }) => name))
  return (await namesIn(folder)).filter((name) => !applied.has(name))
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
}

async function readMigrations(folder: string): Promise<Migration[]> {
  if (!existsSync(folder)) throw new CannotStart(`There are no migrations in ${folder}. Deploy the directory prisma/ along with the code.`)
  return Promise.all(
    (await namesIn(folder)).map(async (name) => {
      const content = await readFile(join(folder, name, 'migration.sql'))
      return { name, sql: content.toString(), checksum: createHash('sha256').update(content).digest('hex') }
    }),
  )
}

async function readApplied(database: Client | Pool): Promise<Applied[]> {
  const there = await database.query<{ there: boolean }>(`SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS there`)
  if (!there.rows[0]?.there) return []
  const { rows } = await database.query<Applied>(
    `SELECT "migration_name" AS name, "checksum", "finished_at" IS NOT NULL AS finished
     FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL ORDER BY "started_at"`,
  )
  return rows
}

/** The names of those that are in place; throws where going on would do harm. */
function check(migrations: readonly Migration[], applied: readonly Applied[], log: Log): Set<string> {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const { name, checksum, finished } of applied) {
    if (!finished)
      throw new CannotStart(
        `The migration ${name} was begun and not finished. Look at the database, then say how it stands: npx prisma migrate resolve --help`,
      )
    const ours = known.get(name)
    // A node of a newer release was here first. Migrations keep the release before them working, so this one may go on.
    if (!ours) log.warn('The database has a migration that this release does not know.', { migration: name })
    else if (ours.checksum !== checksum)
      throw new CannotStart(
        `The migration ${name} was changed after this database applied it. Restore its file; a change is a migration of its own.`,
      )
  }
  return new Set(applied.map(({ name }) => name))
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('BEGIN')
    await client.query(sql)
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
    await client.query('COMMIT')
  } catch (error) {
    throw new CannotStart(`The migration ${name} failed and was taken back: ${(error as Error).message}`)
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLog } from '../../src/adapters/log.ts'
import { applyMigrations } from '../../src/adapters/migrations.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import type { Database } from '../../src/ports/database.ts'

const log = createLog({ level: 'warn', json: false })

/** Where what `npm run bench:data` makes is kept. */
export const staying = { dataDir: '.parley/bench' }

export type BenchDatabase = Database & {
  url: string
  /** For people: which PostgreSQL it is, and whether it is durable. */
  description: string
}

/**
 * The database of DATABASE_URL, or the PostgreSQL that comes along, durable as it always is: in `dataDir`, where it stays, or in a
 * directory that goes with it. Migrated.
 */
export async function openBenchDatabase({ dataDir, poolSize = 20 }: { dataDir?: string; poolSize?: number } = {}): Promise<BenchDatabase> {
  const closing = new AsyncDisposableStack()
  let url = process.env.DATABASE_URL
  if (!url) {
    const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'parley-bench-')))
    if (!dataDir) closing.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
    const embedded = await startEmbeddedPostgres({ dataDir: directory, log })
    closing.defer(() => embedded.stop())
    url = embedded.url
  }
  const database = await openDatabase({ url, poolSize, log })
  closing.defer(() => database.close())
  await applyMigrations({ url, log })
  const { rows } = await database.pool.query<{ version: string; fsync: string; commit: string }>(
    `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
  )
  const { version, fsync, commit } = rows[0]!
  const origin = process.env.DATABASE_URL ? 'of DATABASE_URL' : 'that comes along'
  return {
    ...database,
    url,
    description: `PostgreSQL ${version} ${origin}, fsync ${fsync}, synchronous_commit ${commit}`,
    close: () => closing.disposeAsync(),
  }
}

import type { Log } from '../ports/log.ts'
import { findBinaries } from './binaries.ts'
import { database, openCluster, user } from './cluster.ts'
import { openHome } from './home.ts'
import { lockDirectory } from './lock.ts'
import { chooseRunAs } from './run-as.ts'
import { settings } from './settings.ts'
import { supervise } from './supervisor.ts'

export type EmbeddedPostgres = {
  url: string
  /** Shuts down cleanly, within seconds. Calling it again waits for the same end. */
  stop(): Promise<void>
}

export type EmbeddedOptions = {
  /** It lives in `postgres` below this. */
  dataDir: string
  log: Log
  maxConnections?: number
  /** False trades safety against power cuts for speed: for tests. */
  durable?: boolean
}

/**
 * The PostgreSQL that comes along, on a free port of 127.0.0.1. It ends with this process, is started again when it dies, and
 * belongs to one server at a time. Rejects with `CannotStart`.
 */
export async function startEmbeddedPostgres({
  dataDir,
  log,
  maxConnections = 60,
  durable = true,
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const home = await openHome(dataDir)
  const unlock = lockDirectory(home)
  try {
    const binaries = await findBinaries()
    const runAs = chooseRunAs(home, binaries.postgres)
    const { data, password } = await openCluster({ home, binaries, runAs, durable })
    const command = (port: number) => [binaries.postgres, '-D', data, ...settings({ port, maxConnections, durable })]
    const server = await supervise({ data, runAs, command, log })
    return {
      url: `postgresql://${user}:${password}@127.0.0.1:${server.port}/${database}`,
      stop: () => server.stop().finally(unlock),
    }
  } catch (error) {
    unlock()
    throw error
  }
}

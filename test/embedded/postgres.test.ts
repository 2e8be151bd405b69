import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { CannotStart } from '../../src/kernel/cannot-start.ts'
import { type Directory, makeDirectory } from '../support/directory.ts'
import { keptLog } from '../support/log.ts'
import { startOwner } from '../support/owner.ts'
import { rowsOf } from '../support/rows-of.ts'

describe('the embedded PostgreSQL', () => {
  const log = keptLog()
  let directory: Directory
  let dataDir: string
  let postgres: EmbeddedPostgres

  beforeAll(async () => {
    directory = await makeDirectory()
    // A path as people have them, and longer than the 107 bytes of a Unix socket's address.
    dataDir = join(directory.path, 'Über uns & 日本', 'a'.repeat(100))
    postgres = await startEmbeddedPostgres({ dataDir, log })
  })
  afterAll(async () => {
    await postgres.stop()
    await directory.remove()
  })

  it('is PostgreSQL 18, for UTF-8, and does not trade safety for speed', async () => {
    const [row] = await rowsOf(
      postgres.url,
      `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_encoding') AS encoding,
         current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('full_page_writes') AS pages,
         lower('ÄÖ') AS lower, current_setting('TimeZone') AS zone`,
    )
    expect(row).toEqual({ major: 18, encoding: 'UTF8', fsync: 'on', commit: 'on', pages: 'on', lower: 'äö', zone: 'UTC' })
  })

  it('is reached from this machine alone, and with its password', async () => {
    const [row] = await rowsOf(
      postgres.url,
      `SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets,
         (SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules) AS methods`,
    )
    expect(row).toEqual({ addresses: '127.0.0.1', sockets: '', methods: ['scram-sha-256'] })
    const wrong = new URL(postgres.url)
    wrong.password = 'guessed'
    await expect(rowsOf(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  it('keeps the password, and everything else, to its user', async () => {
    const home = join(dataDir, 'postgres')
    const mode = async (path: string) => ((await stat(join(home, path))).mode & 0o777).toString(8)
    expect(await mode('.')).toBe('700')
    expect(await mode('cluster/data')).toBe('700')
    expect(await mode('cluster/password')).toBe('600')
    expect(new URL(postgres.url).password).toBe(await readFile(join(home, 'cluster/password'), 'utf8'))
    expect(new URL(postgres.url).password).toMatch(/^[\w-]{32}$/)
  })

  it('tells the log nothing of statements and rows', async () => {
    await rowsOf(postgres.url, 'CREATE TABLE secrets (word text UNIQUE)')
    await rowsOf(postgres.url, `INSERT INTO secrets VALUES ('xyzzy')`)
    await expect(rowsOf(postgres.url, `INSERT INTO secrets VALUES ('xyzzy')`)).rejects.toThrow('duplicate key')
    await expect(rowsOf(postgres.url, `SELECT 'xyzzy' FROM nowhere`)).rejects.toThrow('does not exist')
    await expect(rowsOf(postgres.url, `SELECT 'xyzzy', pg_terminate_backend(pg_backend_pid())`)).rejects.toThrow('terminat')
    const dying = new Client(postgres.url)
    dying.on('error', () => {})
    await dying.connect()
    const { rows } = await dying.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const lost = dying.query(`SELECT 'xyzzy', pg_sleep(1000)`).catch(({ message }: Error) => message)
    await vi.waitFor(async () =>
      expect(await rowsOf(postgres.url, `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)).toHaveLength(1),
    )
    process.kill(rows[0]?.pid ?? Number.NaN, 'SIGKILL')
    expect(await lost).toContain('Connection terminated')
    await vi.waitFor(() => expect(JSON.stringify(log.lines)).toContain('was terminated by signal 9'))
    await vi.waitFor(async () => expect(await rowsOf(postgres.url, 'SELECT word FROM secrets')).toEqual([{ word: 'xyzzy' }]), 10_000)
    expect(JSON.stringify(log.lines)).toContain('terminating connection due to administrator command')
    expect(JSON.stringify(log.lines)).not.toContain('xyzzy')
  })

  it('refuses a second server on the same directory, in this process and in another, and goes on', async () => {
    const refusal = `Another server (process ${process.pid}) uses ${dataDir}. Stop that one first, or give this one a DATA_DIR of its own.`
    const second = startEmbeddedPostgres({ dataDir, log })
    await expect(second).rejects.toThrow(refusal)
    await expect(second).rejects.toBeInstanceOf(CannotStart)
    await expect(startOwner(dataDir)).rejects.toThrow(refusal)
    expect(await rowsOf(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('shuts down cleanly under open connections, however often it is told, and comes back with its data', async () => {
    await rowsOf(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    const client = new Client(postgres.url)
    client.on('error', () => {})
    await client.connect()
    await client.query('BEGIN')
    await Promise.all([postgres.stop(), postgres.stop()])
    await postgres.stop()
    expect(existsSync(join(dataDir, 'postgres/cluster/data/postmaster.pid'))).toBe(false)
    await expect(rowsOf(postgres.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')

    const again = keptLog()
    postgres = await startEmbeddedPostgres({ dataDir, log: again })
    expect(await rowsOf(postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    expect(JSON.stringify(again.lines)).toContain('database system was shut down at')
  })

  it('ends after a server that was stopped while it was being started again', async () => {
    const other = join(directory.path, 'stopped')
    const its = await startEmbeddedPostgres({ dataDir: other, log })
    process.kill(Number((await readFile(join(other, 'postgres/cluster/data/postmaster.pid'), 'utf8')).split('\n')[0]), 'SIGKILL')
    await its.stop()
    await expect(rowsOf(its.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
    const next = await startEmbeddedPostgres({ dataDir: other, log })
    expect(await rowsOf(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await next.stop()
  })

  it('says in one line that the directory is of another PostgreSQL', async () => {
    const other = join(directory.path, 'other')
    const data = join(other, 'postgres/cluster/data')
    await mkdir(data, { recursive: true })
    await writeFile(join(data, 'PG_VERSION'), '17\n')
    await expect(startEmbeddedPostgres({ dataDir: other, log })).rejects.toThrow(
      /^The database in .*other\/postgres\/cluster was made by PostgreSQL 17, and this is 18\. Dump it with .+$/,
    )
  })

  it('says in one line that it cannot keep data there', async () => {
    const file = join(directory.path, 'file')
    await writeFile(file, '')
    const start = startEmbeddedPostgres({ dataDir: file, log })
    await expect(start).rejects.toThrow(/^Cannot keep data in .*file\/postgres \(EEXIST\)\. Set DATA_DIR to .+$/)
    await expect(start).rejects.toBeInstanceOf(CannotStart)
  })

  it('says in one line that a cluster is broken, and leaves it alone', async () => {
    const other = join(directory.path, 'broken')
    const directoryOfCluster = join(other, 'postgres/cluster')
    await mkdir(join(directoryOfCluster, 'data'), { recursive: true })
    await writeFile(join(directoryOfCluster, 'data', 'PG_VERSION'), '18\n')
    await writeFile(join(directoryOfCluster, 'password'), 'x')
    await expect(startEmbeddedPostgres({ dataDir: other, log })).rejects.toThrow(/^PostgreSQL does not start on .*data: .+$/)
    expect(existsSync(join(directoryOfCluster, 'data', 'PG_VERSION'))).toBe(true)
  })
})

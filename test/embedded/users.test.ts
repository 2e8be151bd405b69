import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Directory, makeDirectory } from '../support/directory.ts'
import { startOwner } from '../support/owner.ts'
import { copyApp, libraries } from '../support/portable-app.ts'
import { rowsOf } from '../support/rows-of.ts'

const asRoot = process.getuid?.() === 0
const nobody = { uid: 65_534, gid: 65_534 }
/** Called daemon or bin, everywhere. */
const nextUser = { uid: 1, gid: 1 }
const nameless = { uid: 4_321, gid: 4_321 }
const namespaces = spawnSync('unshare', ['-U', 'true']).status === 0

let directory: Directory
let command: string[]

beforeAll(async () => {
  directory = await makeDirectory()
  command = await copyApp(join(directory.path, 'app'))
})
afterAll(() => directory.remove())

const place = (
  name: string,
  { uid, gid }: { uid: number; gid: number } = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
) => {
  const path = join(directory.path, name)
  mkdirSync(path)
  chownSync(path, uid, gid)
  return path
}

const ownerOfData = (dataDir: string) => statSync(join(dataDir, 'postgres/cluster/data/PG_VERSION')).uid

/** Starts, is asked something, is killed, starts at once, is asked again, stops. */
async function livesWell(dataDir: string, how: Parameters<typeof startOwner>[1]) {
  const first = await startOwner(dataDir, how)
  await rowsOf(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.kill()
  const second = await startOwner(dataDir, how)
  expect(await rowsOf(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  await expect(startOwner(dataDir, how)).rejects.toThrow(`Another server (process ${second.pid}) uses`)
  expect(await second.stop()).toBe(0)
}

describe.runIf(asRoot)('before its libraries are linked', () => {
  it('says what to run where this user cannot link them', async () => {
    const start = startOwner(place('unlinked', nobody), { command, user: nobody })
    await expect(start).rejects.toThrow(
      /^PostgreSQL from \S+ does not run on this machine\. Run npm rebuild \S+, or set DATABASE_URL .+\.$/,
    )
  })
})

describe('whoever installed it', () => {
  it('links its libraries where no install script did', async () => {
    expect(existsSync(join(directory.path, 'app', libraries, 'libpq.so.5'))).toBe(false)
    await livesWell(place('linked'), { command })
    expect(existsSync(join(directory.path, 'app', libraries, 'libpq.so.5'))).toBe(true)
  })
})

describe.runIf(asRoot)('an ordinary user', () => {
  it('runs it as itself', async () => {
    const dataDir = place('ordinary', nobody)
    await livesWell(dataDir, { command, user: nobody })
    expect(ownerOfData(dataDir)).toBe(nobody.uid)
  })

  it.runIf(namespaces)('needs no name for it', async () => {
    const dataDir = place('nameless', nameless)
    await livesWell(dataDir, { command, user: nameless })
    expect(ownerOfData(dataDir)).toBe(nameless.uid)
  })

  it('is told whose the data is', async () => {
    const dataDir = place('of-another', nobody)
    mkdirSync(join(dataDir, 'postgres'))
    chmodSync(join(dataDir, 'postgres'), 0o777)
    await expect(startOwner(dataDir, { command, user: nobody })).rejects.toThrow(
      /postgres belongs to another user \(0\)\. Start the server as that user, or .+/,
    )
  })
})

describe.runIf(asRoot)('root', () => {
  it.runIf(namespaces)('hands nothing over where it may make a user namespace, even in a closed home', async () => {
    const home = place('closed-home')
    chmodSync(home, 0o700)
    const dataDir = join(home, 'data')
    await livesWell(dataDir, { command })
    expect(ownerOfData(dataDir)).toBe(0)
  })

  it.runIf(namespaces)('needs no other user on the machine than itself and nobody', async () => {
    const passwd = join(directory.path, 'passwd')
    writeFileSync(passwd, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n')
    const alone = ['unshare', '-m', 'sh', '-c', `mount --bind ${passwd} /etc/passwd && exec "$@"`, 'sh', ...command]
    const dataDir = place('alone')
    await livesWell(dataDir, { command: alone })
    expect(ownerOfData(dataDir)).toBe(0)
  })

  it('runs it as the owner of data that is there', async () => {
    const dataDir = place('of-nobody', nobody)
    const first = await startOwner(dataDir, { command, user: nobody })
    expect(await first.stop()).toBe(0)
    await livesWell(dataDir, { command })
    expect(ownerOfData(dataDir)).toBe(nobody.uid)
    const again = await startOwner(dataDir, { command, user: nobody })
    expect(await again.stop()).toBe(0)
  })

  describe.runIf(namespaces)('without user namespaces', () => {
    let prison: Awaited<ReturnType<typeof refuseNamespaces>>
    beforeAll(async () => {
      prison = await refuseNamespaces()
    })
    afterAll(() => prison.close())
    const inside = () => ({ command: [...prison.enter, ...command] })

    it('hands data and work to another user', async () => {
      const dataDir = place('handed-over')
      await livesWell(dataDir, inside())
      expect(ownerOfData(dataDir)).not.toBe(0)
    })

    it('hands over data that was made with namespaces', async () => {
      const dataDir = place('made-with')
      const before = await startOwner(dataDir, { command })
      await rowsOf(before.url, 'CREATE TABLE old AS SELECT 7 AS n')
      expect(await before.stop()).toBe(0)
      const after = await startOwner(dataDir, inside())
      expect(await rowsOf(after.url, 'SELECT n FROM old')).toEqual([{ n: 7 }])
      expect(await after.stop()).toBe(0)
    })

    it('prefers the owner of the directory around: whoever started it with sudo', async () => {
      const checkout = place('checkout', nextUser)
      chmodSync(checkout, 0o700)
      const dataDir = join(checkout, 'data')
      await livesWell(dataDir, inside())
      expect(ownerOfData(dataDir)).toBe(nextUser.uid)
    })

    it('says in one line what a user without a name lacks', async () => {
      const start = startOwner(place('nameless-inside', nameless), {
        command: [...prison.enter, 'setpriv', `--reuid=${nameless.uid}`, `--regid=${nameless.gid}`, '--clear-groups', ...command],
      })
      await expect(start).rejects.toThrow(/^PostgreSQL could not make its database: .*user does not exist$/)
    })

    it('says in one line what to do where nobody else can get to it', async () => {
      const home = place('closed')
      chmodSync(home, 0o700)
      await expect(startOwner(join(home, 'data'), inside())).rejects.toThrow(
        /^PostgreSQL does not run as root, and here no other user can reach \S+ and \S+\. Start the server as an ordinary user, .+\.$/,
      )
    })
  })
})

/** A place where the kernel refuses new user namespaces, as in many containers: one with that limit at nought. */
async function refuseNamespaces(): Promise<{ enter: string[]; close(): void }> {
  const holder = spawn('unshare', ['-U', 'sh', '-c', 'echo made; read -r _'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  for (const kind of ['uid', 'gid']) writeFileSync(`/proc/${holder.pid}/${kind}_map`, '0 0 65536')
  const enter = ['nsenter', '-t', `${holder.pid}`, '-U', '-S', '0', '-G', '0', '--']
  execFileSync('sh', ['-c', '"$@" sh -c "echo 0 > /proc/sys/user/max_user_namespaces"', 'sh', ...enter])
  expect(spawnSync('sh', ['-c', '"$@" unshare -U true', 'sh', ...enter]).status).not.toBe(0)
  return { enter, close: () => holder.stdin.end() }
}

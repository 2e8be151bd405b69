import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { newcomer } from './newcomer.ts'
import { operator } from './operator.ts'

// npm run follow [newcomer|operator]: two people follow the documents and type what stands there, as it stands there. Each has
// namespaces of Linux of their own, so that localhost:4000 is theirs and nothing outlives them; nothing but this machine can be
// reached from there, and `npm ci` finds in npm's cache what it brought here.

// Where `ip` is, for whoever isn't root.
process.env.PATH += ':/usr/sbin:/sbin'

const people = { newcomer, operator }
const tools = 'bash git npm curl openssl unshare nsenter setpriv ip mount redis-server pg_dump caddy promtool chromium'.split(' ')

/** From outside: somebody new, with namespaces around them. */
async function send(who: string): Promise<boolean> {
  const home = mkdtempSync(path.join(tmpdir(), `${who}-`))
  chmodSync(home, 0o755)
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
  const around = [...asRoot, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--']
  const child = spawn('unshare', [...around, process.execPath, import.meta.filename, who, home], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => console.log(`${who}: ${line}`))
  const [code] = (await once(child, 'close')) as [number]
  rmSync(home, { recursive: true, force: true })
  return code === 0
}

/** From inside: the names that are known there, `docker`, and the way. */
async function go(who: keyof typeof people, home: string): Promise<void> {
  const sh = (command: string) => execFileSync('sh', ['-ec', command], { stdio: 'inherit' })
  // In memory: packages are many small files.
  sh(`mount -t tmpfs -o mode=755 tmpfs '${home}'`)
  const hosts = path.join(home, 'hosts')
  writeFileSync(hosts, '127.0.0.1 localhost\n::1 localhost\n192.0.2.10 db.example.org\n')
  sh(`mount --bind ${hosts} /etc/hosts; ip link set lo up; ip addr add 192.0.2.10/32 dev lo`)
  const bin = path.join(home, 'bin')
  mkdirSync(bin)
  const docker = path.join(import.meta.dirname, 'engine', 'docker.ts')
  writeFileSync(path.join(bin, 'docker'), `#!/bin/sh\nexec '${process.execPath}' '${docker}' "$@"\n`, { mode: 0o755 })
  Object.assign(process.env, { ENGINE: path.join(home, 'engine'), PATH: `${bin}:${process.env.PATH}`, npm_config_offline: 'true' })
  mkdirSync(process.env.ENGINE!)
  await people[who](process.cwd(), home)
}

const [who, home] = process.argv.slice(2)
if (who && home) {
  try {
    await go(who as keyof typeof people, home)
    process.exit(0)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}

const missing = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
if (process.platform !== 'linux' || missing.length > 0) {
  console.error(`Following the documents needs Linux, and on the PATH: ${missing.join(', ') || 'what there is'}.`)
  process.exit(1)
}
const went = await Promise.all((who ? [who] : Object.keys(people)).map(send))
process.exitCode = went.every(Boolean) ? 0 : 1

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type { Process } from './image.ts'
import type { Network } from './network.ts'

// A process with a network and mounts of its own, in the file system that we have.

export type Container = {
  stdout: Readable
  stderr: Readable
  ended: Promise<number>
  signal(name: NodeJS.Signals): void
  /** Runs a command inside; how it ended. */
  exec(process: Process): Promise<number>
}

type Options = {
  network: Network
  n: number
  /** Folders that appear at other places: from where, to where. */
  mounts: (readonly [string, string])[]
  /** What each name leads to, beside what is known here. */
  names?: Record<string, string>
}

const folder = process.env.ENGINE!

export async function startContainer(what: Process, { network, n, mounts, names = {} }: Options): Promise<Container> {
  const hosts = path.join(folder, `hosts-${process.pid}-${n}`)
  const lines = Object.entries(names).map(([name, address]) => `${address} ${name}\n`)
  writeFileSync(hosts, `${readFileSync('/etc/hosts', 'utf8')}${lines.join('')}`)
  const mount = [[hosts, '/etc/hosts'], ...mounts].map(([from, to]) => `mount --bind '${from}' '${to}'`).join('; ')
  const entry = `${mount}; echo >&3; read -r _; exec "$@" </dev/null 3>&-`
  // Of a group of its own: Ctrl-C is for the engine.
  const child = spawn('unshare', ['--net', '--mount', '--', 'sh', '-ec', entry, 'sh', ...what.command], {
    cwd: what.cwd,
    env: what.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const [stdin, stdout, stderr, ready] = child.stdio as unknown as [typeof child.stdin, Readable, Readable, Readable]
  const ended = once(child, 'exit').then(([code, signal]) => (code as number | null) ?? (signal ? 128 : 1))
  if (await Promise.race([once(ready, 'data').then(() => false), ended.then(() => true)])) throw new Error('The container did not start.')
  network.join(child.pid!, n)
  stdin.end('\n')
  return {
    stdout,
    stderr,
    ended,
    signal: (name) => void child.kill(name),
    async exec({ command, cwd, env }) {
      const into = ['--target', `${child.pid}`, '--net', '--mount', `--wdns=${cwd}`, '--']
      const [code] = (await once(spawn('nsenter', [...into, ...command], { env, stdio: 'ignore' }), 'exit')) as [number]
      return code
    },
  }
}

/** Where a volume's files are. */
export function volume(name: string): string {
  const place = path.join(folder, 'volumes', name)
  mkdirSync(place, { recursive: true })
  return place
}

import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CannotStart } from '../kernel/cannot-start.ts'
import type { Log } from '../ports/log.ts'

const patienceMs = 10_000

/** Stops the PostgreSQL that a killed server left on this data directory. The caller holds the directory's lock. */
export async function stopOrphan(data: string, log: Log): Promise<void> {
  const pidFile = join(data, 'postmaster.pid')
  const [pidLine = '', ...rest] = read(pidFile).split('\n')
  const pid = Number(pidLine)
  // Empty after a power cut, and postgres does not get past that.
  if (!(pid > 1)) return rmSync(pidFile, { force: true })
  if (!alive(pid)) return
  if (!isPostgresOn(data, pid)) {
    // The number went to another process, as in a container that was restarted, and postgres would refuse to start because of it.
    // Our own number it passes over, and it still looks for what else the dead one may have left behind.
    writeFileSync(pidFile, [process.pid, ...rest].join('\n'))
    return
  }
  log.warn('Stopping a PostgreSQL that an earlier server left behind.', { pid })
  const since = performance.now()
  for (const [signal, untilMs] of [
    ['SIGINT', patienceMs / 2],
    ['SIGQUIT', patienceMs],
  ] as const) {
    send(pid, signal)
    while (performance.now() - since < untilMs) {
      if (!isPostgresOn(data, pid)) return
      await delay(20)
    }
  }
  throw stuck(pid, data)
}

const stuck = (pid: number, data: string) =>
  new CannotStart(`An earlier PostgreSQL (process ${pid}) still runs on ${data} and does not stop. Stop it first.`)

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {}
}

/** Only the postmaster itself has this command line; its children show other titles. */
function isPostgresOn(data: string, pid: number): boolean {
  const [program = '', ...args] = commandLine(pid)
  return basename(program) === 'postgres' && args.join(' ').startsWith(`-D ${data} `)
}

function commandLine(pid: number): string[] {
  if (process.platform === 'linux') return read(`/proc/${pid}/cmdline`).split('\0')
  try {
    const line = execFileSync('ps', ['-ww', '-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' })
    const at = line.indexOf(' -D ')
    return [line.slice(0, at), line.slice(at + 1)]
  } catch {
    return []
  }
}

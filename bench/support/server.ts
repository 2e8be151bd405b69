import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../../src/embedded/free-port.ts'
import type { Question, Reading } from './probe.ts'

export type Measured = {
  url: string
  /** What it has cost until now; `settled`: after its garbage is gone. */
  read(question?: Partial<Question>): Promise<Reading>
  stop(): Promise<void>
}

const cores = availableParallelism()
const pins = cores > 1 && spawnSync('taskset', ['--version']).status === 0
/** The last core is the measured server's; everything else shares the others. */
const serverCore = String(cores - 1)
export const pinning = pins ? `the server alone on core ${serverCore}` : 'no core of its own for the server'

/** A directory for the CPU profiles of the measured servers. */
const { BENCH_PROFILES } = process.env
const profiling = BENCH_PROFILES ? ['--cpu-prof', `--cpu-prof-dir=${BENCH_PROFILES}`] : []

/** Moves this process, and what it starts from now on, away from the server's core. */
export function stayAway(): void {
  if (pins) spawnSync('taskset', ['-a', '-p', '-c', `0-${cores - 2}`, String(process.pid)])
}

/** A server in a process of its own; `pinned` on a core of its own. It is ready once it answers. */
export async function startMeasured(entry: string, env: Record<string, string>, { pinned = true } = {}): Promise<Measured> {
  const port = await freePort()
  const node = [process.execPath, ...profiling, '--expose-gc', '--import', new URL('probe.ts', import.meta.url).href, entry]
  const command = pins && pinned ? ['taskset', '-c', serverCore, ...node] : node
  const child = spawn(command[0]!, command.slice(1), {
    env: { ...process.env, ...env, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const url = `http://127.0.0.1:${port}`
  await answers(`${url}/livez`, child)
  return {
    url,
    async read(question = {}) {
      child.send({ settled: false, ...question } satisfies Question)
      const [reading] = (await once(child, 'message')) as [Reading]
      return reading
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      // The probe ends it in order, and so the profile is written.
      if (profiling.length > 0) child.disconnect()
      else child.kill('SIGKILL')
      await gone
    },
  }
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`A server ended before it answered, with ${child.exitCode}.`)
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return
    await setTimeout(50)
  }
  throw new Error('A server does not answer.')
}

/** Parley as anybody runs it; rates and sockets without bounds, which are not what is measured. */
export const startParley = (env: Record<string, string>, options?: { pinned?: boolean }) =>
  startMeasured(
    new URL('../../src/main.ts', import.meta.url).pathname,
    {
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      RATE_LIMITS: 'off',
      LIMIT_SOCKETS_PER_USER: '100000',
      DEMO: 'false',
      REDIS_URL: '',
      DATABASE_POOL: '8',
      ...env,
    },
    options,
  )

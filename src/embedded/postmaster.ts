import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Log } from '../ports/log.ts'
import { leash } from './leash.ts'
import { commandFor, type RunAs } from './run-as.ts'

/** One running PostgreSQL. */
export type Postmaster = {
  /** True once it takes connections; false when it ended before. */
  ready: Promise<boolean>
  /** Why it ended, in its own last words. */
  ended: Promise<string>
  /** Disconnects everyone and shuts down cleanly; what doesn't in time is stopped hard, which loses nothing committed. */
  stop(): void
}

const patienceMs = 8_000

// A session of its own: Ctrl-C reaches the whole group of processes, and the database has to outlive the last request.
export function startPostmaster(runAs: RunAs, command: readonly string[], log: Log): Postmaster {
  const { file, args, options } = commandFor(runAs, command)
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const letGo = child.pid ? leash(child.pid) : () => {}
  const said: string[] = []
  let hard: NodeJS.Timeout | undefined

  child.on('exit', letGo)
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => said.push(error.message))
    // Not 'exit': while a process of a killed postmaster lives, the next one may not start, and it holds our end of the pipe.
    child.on('close', (code, signal) => {
      clearTimeout(hard)
      const fatal = said.filter((line) => /^(FATAL|PANIC):/.test(line))
      resolve((fatal.at(-1) ?? said.at(-1) ?? `ended with ${signal ?? code}`).replace(/^\w+:\s+/, ''))
    })
  })
  const lines = createInterface({ input: child.stderr })
  const ready = new Promise<boolean>((resolve) => {
    void ended.then(() => resolve(false))
    lines.on('line', (line) => {
      said.push(line)
      if (said.length > 20) said.shift()
      log.debug('PostgreSQL says', { line })
      if (line.includes('ready to accept connections')) resolve(true)
    })
  })
  return {
    ready,
    ended,
    stop() {
      if (child.kill('SIGINT')) hard ??= setTimeout(() => child.kill('SIGQUIT'), patienceMs)
    },
  }
}

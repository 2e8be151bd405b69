import { setTimeout as delay } from 'node:timers/promises'
import { CannotStart } from '../kernel/cannot-start.ts'
import type { Log } from '../ports/log.ts'
import { freePort } from './free-port.ts'
import { stopOrphan } from './orphan.ts'
import { type Postmaster, startPostmaster } from './postmaster.ts'
import type { RunAs } from './run-as.ts'

type Options = { data: string; runAs: RunAs; command: (port: number) => readonly string[]; log: Log }

export type Supervisor = { port: number; stop(): Promise<void> }

/** Keeps one PostgreSQL running on `data`: resolves when it takes connections, starts it again when it dies, until `stop`. */
export async function supervise(options: Options): Promise<Supervisor> {
  const { data, runAs, command, log } = options
  const stopping = new AbortController()
  let current: Postmaster

  const attempt = async (port: number) => {
    await stopOrphan(data, log)
    if (stopping.signal.aborted) return false
    current = startPostmaster(runAs, command(port), log)
    return current.ready
  }

  const first = async () => {
    const since = performance.now()
    for (;;) {
      const port = await freePort()
      if (await attempt(port)) return port
      const why = await current.ended
      if (!passing.test(why) || performance.now() - since > 10_000) throw new CannotStart(`PostgreSQL does not start on ${data}: ${why}`)
      await delay(100)
    }
  }

  const slow = setTimeout(() => log.info('PostgreSQL is still starting. After a crash it reads its log first.'), 5_000)
  const port = await first().finally(() => clearTimeout(slow))

  const revive = async () => {
    for (let pause = 100; !stopping.signal.aborted; pause = Math.min(pause * 2, 5_000)) {
      try {
        if (await attempt(port)) return log.info('PostgreSQL runs again.')
        if (!stopping.signal.aborted) log.error('PostgreSQL does not start again yet.', { why: await current.ended })
      } catch (error) {
        log.error('PostgreSQL does not start again yet.', { why: (error as Error).message })
      }
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const watch = async () => {
    for (;;) {
      const why = await current.ended
      if (stopping.signal.aborted) return
      log.error('PostgreSQL died. Starting it again.', { why })
      await revive()
    }
  }

  const over = watch()
  return {
    port,
    async stop() {
      stopping.abort()
      current.stop()
      await over
    },
  }
}

/** What a moment's wait may settle: a port taken since we looked, remains of one that is just ending. */
const passing = /could not create any TCP\/IP sockets|lock file "postmaster.pid" already exists|pre-existing shared memory block/

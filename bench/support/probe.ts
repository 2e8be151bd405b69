import { monitorEventLoopDelay } from 'node:perf_hooks'

// Goes into a measured server by `--import`: tells its parent what the process costs, when asked.

export type Question = { settled: boolean }
export type Reading = {
  /** What the operating system counts of this process, user and system. */
  cpuMs: number
  rss: number
  heap: number
  /** Timers that keep the process alive, and those that don't. */
  timers: number
  /** The longest time the event loop did nothing else, since the last question. */
  longestMs: number
}

const resolution = 10
const delay = monitorEventLoopDelay({ resolution })
delay.enable()

process.on('message', ({ settled }: Question) => {
  if (settled) globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const longestMs = Math.max(0, delay.max / 1e6 - resolution)
  delay.reset()
  const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  process.send!({ cpuMs: (user + system) / 1_000, rss, heap: heapUsed + external, timers, longestMs } satisfies Reading)
})
// Whoever measured it is gone.
process.on('disconnect', () => process.exit())
process.channel!.unref()

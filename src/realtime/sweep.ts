import type { Bus } from '../ports/bus.ts'
import type { Feed, Position, Scope } from '../ports/feed.ts'
import type { Log } from '../ports/log.ts'
import type { Hub } from './hub.ts'

type Needs = { bus: Pick<Bus, 'healthy' | 'onGap'>; feed: Feed; hub: Hub; log: Log; everyMs?: number; anxiousMs?: number }

const mostChanges = 50_000

/**
 * Reads what changed since the last time and tells what the bus has not brought. `safe` is the place up to which everything was
 * told on this node: the cursor on every event. While the bus is away it runs more often; one reading at a time, always.
 */
export async function createSweep({ bus, feed, hub, log, everyMs = 1_000, anxiousMs = 250 }: Needs) {
  let safe: Position = await feed.now()
  let running: Promise<void> | null = null
  let stopped = false
  let failing = false
  let timer: NodeJS.Timeout | undefined

  const changes = (scope: Scope) => feed.changes(safe.snapshot, scope, mostChanges)

  /** What was told since then may never have happened. */
  async function beginAnew(now: Position): Promise<void> {
    log.warn('PostgreSQL goes on from an earlier moment, after a recovery or on another server. Who listens begins anew.')
    await hub.restart()
    safe = now
  }

  async function sweep(): Promise<void> {
    const scope = hub.scope()
    const { heads: found, until } = await changes(scope)
    if (until.epoch !== safe.epoch) return beginAnew(until)
    // What was opened while this was read wasn't asked about.
    const opened = without(hub.scope(), scope)
    const more = opened && found ? (await changes(opened)).heads : []
    const heads = found && more && [...found, ...more]
    if (!heads) {
      log.warn('More changed at once than a sweep reads. Who listens is told to read anew.')
      hub.lost()
      // Once they were told to; what else could not be told is among what they read.
      await hub.settled().catch(() => {})
      safe = until
      return
    }
    const missed = heads.filter((head) => !hub.isTold(head))
    if (missed.length > 0) for (const happening of await feed.load(missed)) hub.happened(happening)
    await hub.settled()
    safe = until
  }

  const run = (): Promise<void> => {
    running ??= sweep()
      .then(() => {
        failing = false
      })
      .catch((error: unknown) => {
        if (!failing) log.warn('A sweep failed. The next one reads the same again.', { error })
        failing = true
      })
      .finally(() => {
        running = null
      })
    return running
  }

  const schedule = () => {
    if (stopped) return
    timer = setTimeout(() => void run().then(schedule), bus.healthy() ? everyMs : anxiousMs)
    timer.unref()
  }
  schedule()
  // A reading under way may have begun before the gap was over.
  const stopListening = bus.onGap(() => void (running ? running.then(run) : run()))

  return {
    /** Where to go on from, for whoever was told everything until now. */
    safe: (): Position => safe,
    run,
    async stop(): Promise<void> {
      stopped = true
      stopListening()
      clearTimeout(timer)
      await running
    },
  }
}

/** What of a scope isn't in another; null where that is nothing. */
function without(scope: Scope, known: Scope): Scope | null {
  const channels = [...new Set(scope.channels).difference(new Set(known.channels))]
  const people = [...new Set(scope.people).difference(new Set(known.people))]
  return channels.length + people.length > 0 ? { channels, people } : null
}

export type Sweep = Awaited<ReturnType<typeof createSweep>>

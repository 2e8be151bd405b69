import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import { mostLapsed, type PresenceChange, type PresenceRegister, type Times } from '../../ports/presence.ts'

type Needs = {
  register: Pick<PresenceRegister, 'report' | 'lapsed'>
  changed: (changes: readonly PresenceChange[]) => void
  clock: Clock
  log: Log
}

/** Someone who was heard of on this node. The times of reports are the machine's, those of activity the clock's. */
type Entry = { connections: number; activeAt: number; reportedActiveAt: number; reportedAt: number }

const second = 1_000
const minute = 60 * second
/** Someone is gone 12 to 13 s after they were last spoken of: time enough to come back from a broken connection. */
const leaseMs = 12 * second
const renewMs = 5 * second
const idleMs = 5 * minute
const forgottenMs = 30 * 24 * 60 * minute
const everyMs = second
const signsAtOnce = 500

/** Who is connected to this node and when they did something, reported so that everyone's presence is known on all nodes. */
export function createAttendance({ register, changed, clock, log }: Needs) {
  const people = new Map<string, Entry>()
  /** Who is to be reported, and whether as connected although they are not any more. */
  const due = new Map<string, boolean>()
  let reporting: Promise<void> | null = null
  let looking: Promise<void> | null = null

  const times = (): Times => {
    const now = clock.now().getTime()
    return { leaseMs, idleSince: new Date(now - idleMs), forgottenBefore: new Date(now - forgottenMs) }
  }

  /** Soon, together with whoever else is due by then. */
  function report(userId: string, justLeft = false): void {
    due.set(userId, justLeft || (due.get(userId) ?? false))
    reporting ??= reportAll()
  }

  async function reportAll(): Promise<void> {
    await new Promise(setImmediate)
    while (due.size > 0) {
      const batch = [...due].slice(0, signsAtOnce)
      const signs = batch.flatMap(([userId, justLeft]) => {
        due.delete(userId)
        const entry = people.get(userId)
        if (!entry) return []
        entry.reportedActiveAt = entry.activeAt
        entry.reportedAt = performance.now()
        return [{ userId, activeAt: new Date(entry.activeAt), connected: justLeft || entry.connections > 0 }]
      })
      await register.report(signs, times()).then(changed, (error: unknown) => log.warn('Presence could not be reported.', { error }))
    }
    reporting = null
  }

  function entryOf(userId: string): Entry {
    const there = people.get(userId)
    if (there) return there
    const entry: Entry = { connections: 0, activeAt: 0, reportedActiveAt: 0, reportedAt: -Infinity }
    people.set(userId, entry)
    return entry
  }

  function active(userId: string): void {
    const entry = entryOf(userId)
    entry.activeAt = clock.now().getTime()
    // The rest is reported with the next renewal: long before anyone would be taken for idle.
    if (entry.activeAt - entry.reportedActiveAt > minute) report(userId)
  }

  /** Leases are renewed where they are due, each at its own time; whoever is only heard of now and then is forgotten between. */
  function renew(): void {
    const now = performance.now()
    for (const [userId, entry] of people) {
      const isNews = entry.connections > 0 || entry.activeAt > entry.reportedActiveAt
      if (isNews && now - entry.reportedAt >= renewMs - everyMs / 2) report(userId)
      if (!isNews && now - entry.reportedAt >= minute) people.delete(userId)
    }
  }

  async function look(): Promise<void> {
    try {
      for (let more = true; more; ) {
        const changes = await register.lapsed(times())
        changed(changes)
        more = changes.length === mostLapsed
      }
    } catch (error) {
      log.warn('Presence could not be read.', { error })
    }
    looking = null
  }

  const timer = setInterval(() => {
    renew()
    looking ??= look()
  }, everyMs)
  timer.unref()

  return {
    /** They did something, over whatever wire. */
    active,

    /** A connection of theirs was opened; returns how to say that it is closed. Opening one is a sign of life, too. */
    connected(userId: string): () => void {
      const entry = entryOf(userId)
      entry.connections++
      if (entry.connections === 1) report(userId)
      active(userId)
      let open = true
      return () => {
        if (!open) return
        open = false
        // The lease begins anew with the end, so that nobody has less time than others to come back.
        if (--entry.connections === 0) report(userId, true)
      }
    },

    /** How many people are connected here. */
    size: () => [...people.values()].filter(({ connections }) => connections > 0).length,

    async stop(): Promise<void> {
      clearInterval(timer)
      await reporting
      await looking
    },
  }
}

export type Attendance = ReturnType<typeof createAttendance>

import type { Log } from '../ports/log.ts'
import type { Sessions } from '../ports/sessions.ts'

type Needs = { sessions: Pick<Sessions, 'alive'>; log: Log; everyMs: number }

/**
 * What is open under which session on this node, and its end. A session that ends here or on another node is told by `end`, at
 * once. What nobody told (the bus was away, the session expired) a sweep finds: one query each `everyMs`. While the database
 * doesn't answer everything stays open, and the next sweep asks again.
 */
export function createSessionEnds({ sessions, log, everyMs }: Needs) {
  const open = new Map<string, Set<() => void>>()
  let sweeping = false
  let failing = false

  const end = (ids: Iterable<string>) => {
    for (const id of ids) for (const close of open.get(id) ?? []) close()
  }

  const sweep = async () => {
    if (sweeping || open.size === 0) return
    sweeping = true
    try {
      const asked = [...open.keys()]
      const alive = await sessions.alive(asked)
      end(asked.filter((id) => !alive.has(id)))
      failing = false
    } catch (error) {
      if (!failing) log.warn('Which sessions are alive could not be asked; open sockets stay, and it is tried again.', { error })
      failing = true
    } finally {
      sweeping = false
    }
  }

  const timer = setInterval(() => void sweep(), everyMs).unref()

  return {
    /** `close` is called when the session ends. Returns how to forget it. */
    onEnd(sessionId: string, close: () => void): () => void {
      const closers = open.get(sessionId) ?? new Set()
      open.set(sessionId, closers.add(close))
      return () => {
        closers.delete(close)
        if (closers.size === 0 && open.get(sessionId) === closers) open.delete(sessionId)
      }
    },
    end,
    stop: () => clearInterval(timer),
  }
}

export type SessionEnds = ReturnType<typeof createSessionEnds>

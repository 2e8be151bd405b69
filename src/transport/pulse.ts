import type { WebSocket } from 'ws'

const turns = 24

/**
 * A peer that is gone without a word is found by its silence: each socket is pinged every so often, and whoever has not answered by the
 * next time is dead. They take turns, with one timer for all of them.
 */
export function createPulse(everyMs: number) {
  const waiting = Array.from({ length: turns }, () => new Set<WebSocket>())
  const silent = new WeakSet<WebSocket>()
  let joined = 0
  let turn = 0

  function answered(this: WebSocket): void {
    silent.delete(this)
  }

  const timer = setInterval(() => {
    for (const ws of waiting[turn++ % turns]!) {
      if (silent.has(ws)) ws.terminate()
      else {
        silent.add(ws)
        ws.ping()
      }
    }
  }, everyMs / turns).unref()

  return {
    /** Returns where it takes its turns, to be deleted there when it closes. */
    join(ws: WebSocket): Pick<Set<WebSocket>, 'delete'> {
      ws.on('pong', answered)
      return waiting[joined++ % turns]!.add(ws)
    },
    stop: () => clearInterval(timer),
  }
}

export type Pulse = ReturnType<typeof createPulse>

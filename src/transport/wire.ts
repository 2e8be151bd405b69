import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { nextFrame, nextText, startOf } from './frame.ts'
import type { Lane } from './lane.ts'
import type { Outflow } from './outflow.ts'

const mostBuffered = 1_000_000
/** So much is written before the turn ends: what waits here is nothing that its reader is too slow for. */
const mostAtOnce = 65_536

/**
 * The answers of subscriptions on one socket, past `ws`, which would make two writes and a buffer of each. They wait for the end of the
 * turn; before `ws` sends anything itself they have to be flushed, so that nothing overtakes them.
 */
export function createWire(ws: WebSocket, connection: Duplex, outflow: Outflow) {
  let waiting = ''
  /** What the connection held back when it was last looked at. */
  let held = 0
  let turn: Promise<unknown> | null = null

  function flush(): void {
    const bytes = waiting
    waiting = ''
    if (bytes && ws.readyState === ws.OPEN) connection.write(bytes, 'latin1')
    held = connection.writableLength
  }

  const holdsTooMuch = () => held + waiting.length > mostBuffered && (held = connection.writableLength) + waiting.length > mostBuffered

  return {
    flush,

    /** Whether more waits than may, of whatever was written. */
    isFull: (): boolean => connection.writableLength > mostBuffered,

    /** Writes what graphql-ws would, without its promises. */
    lane(id: string, giveUp: (last: string | null) => void): Lane {
      const start = startOf(id)
      let full = () => {}
      return {
        // Called for each answer and socket: it reaches no further than it must.
        write(answer) {
          if (holdsTooMuch()) return full()
          if (waiting === '') outflow.soon(flush)
          waiting += nextFrame(start, answer)
          if (waiting.length > mostAtOnce) flush()
        },
        onFull: (act) => void (full = act),
        drained() {
          flush()
          return new Promise((resolve) => (ws.readyState === ws.OPEN ? ws.ping(undefined, undefined, () => resolve()) : resolve()))
        },
        inTurn(work) {
          const done = turn ? turn.then(work) : work()
          turn = done.catch(() => {})
          return done
        },
        giveUp: (last) => giveUp(last === null ? null : nextText(id, last)),
      }
    },
  }
}

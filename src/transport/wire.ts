import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { descriptorOf } from './descriptor.ts'
import { nextText, startOf } from './frame.ts'
import type { Lane } from './lane.ts'
import { mostHeld, type Outflow, type Outlet } from './outflow.ts'

/**
 * The answers of subscriptions on one socket, past `ws`, which would make two writes and a buffer of each. They wait for the end of the
 * turn; before `ws` sends anything itself they have to be flushed, so that nothing overtakes them.
 */
export function createWire(ws: WebSocket, connection: Duplex, outflow: Outflow) {
  const outlet: Outlet = { ws, connection, descriptor: descriptorOf(connection), isOpen: true, place: 0, frames: '', held: 0 }
  const flush = () => outflow.flush(outlet)
  let turn: Promise<unknown> | null = null

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = turn ? turn.then(work) : work()
    turn = done.catch(() => {})
    return done
  }

  function drained(): Promise<void> {
    flush()
    return new Promise((resolve) => (ws.readyState === ws.OPEN ? ws.ping(undefined, undefined, () => resolve()) : resolve()))
  }

  return {
    flush,

    /** Whether more waits than may, of whatever was written. */
    isFull: (): boolean => connection.writableLength > mostHeld,

    /** Nothing follows it. */
    close(code: number, reason: string): void {
      flush()
      outlet.isOpen = false
      ws.close(code, reason)
    },

    /** `giveUp`: the end of it all, after a last message where there is one. */
    lane: (id: string, giveUp: (last: string | null) => void): Lane => createLane(id, { outlet, outflow, drained, inTurn, giveUp }),
  }
}

type Needs = Pick<Lane, 'drained' | 'inTurn' | 'giveUp'> & { outlet: Outlet; outflow: Outflow }

/** Writes what graphql-ws would, without its promises. */
function createLane(id: string, { outlet, outflow, drained, inTurn, giveUp }: Needs): Lane {
  const start = startOf(id)
  let full = () => {}
  return {
    write(answer) {
      if (!outflow.add(outlet, start, answer)) full()
    },
    onFull: (act) => void (full = act),
    drained,
    inTurn,
    giveUp: (last) => giveUp(last === null ? null : nextText(id, last)),
  }
}

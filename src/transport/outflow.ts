import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { writeNow } from './descriptor.ts'
import { nextFrame, sharedFrame } from './frame.ts'

/** A socket, to those who write to it. */
export type Outlet = {
  readonly ws: Pick<WebSocket, 'readyState' | 'OPEN'>
  readonly connection: Duplex
  readonly descriptor: number
  /** False once it was closed here. */
  isOpen: boolean
  /** Its place among those that wait; 0 while it doesn't. */
  place: number
  /** What waits for it, once that is more than one answer. */
  frames: string
  /** What its connection held back when it was last looked at. */
  held: number
}

/** More than this doesn't wait for a reader. */
export const mostHeld = 1_000_000
/** So much is written before the turn ends: what waits here is nothing that its reader is too slow for. */
const mostJoined = 65_536
/** Writes to so many sockets in one go; then others have their turn. */
const atOnce = 500

/**
 * What is written to a socket within a turn of the event loop goes out together at its end: one write for a socket, however many
 * answers that is. Where more happens than can be written in a turn, each write takes more along, so that the next is cheaper.
 *
 * This is done for every socket that something is told to, and sockets lie far apart in memory. So it reaches no further than it must, and
 * what waits is kept in lists of its own.
 */
export function createOutflow() {
  const outlets: Outlet[] = []
  const starts: string[] = []
  const answers: string[] = []
  /** The place of the first in the lists. */
  let first = 1

  function write(index: number): void {
    const outlet = outlets[index]!
    const { connection, frames } = outlet
    outlet.place = 0
    outlet.frames = ''
    if (!outlet.isOpen || !connection.writable) return
    const held = connection.writableLength
    // Where `ws` closes by itself it ends the connection at once, unless something waits there: only then it has to be asked.
    if (held > 0 && outlet.ws.readyState !== outlet.ws.OPEN) return
    const bytes = frames === '' ? sharedFrame(starts[index]!, answers[index]!) : frames
    const taken = held > 0 ? 0 : writeNow(outlet.descriptor, bytes)
    if (taken < bytes.length) connection.write(copyOf(bytes, taken))
    outlet.held = taken < bytes.length ? connection.writableLength : 0
  }

  function run(): void {
    const count = Math.min(outlets.length, atOnce)
    for (let index = 0; index < count; index++) if (outlets[index]!.place === first + index) write(index)
    outlets.splice(0, count)
    starts.splice(0, count)
    answers.splice(0, count)
    first = outlets.length > 0 ? first + count : 1
    if (outlets.length > 0) setImmediate(run)
  }

  const waitsHere = ({ place, frames }: Outlet): number => (place === 0 ? 0 : frames.length || answers[place - first]!.length)

  function holdsTooMuch(outlet: Outlet): boolean {
    const waits = waitsHere(outlet)
    if (outlet.held + waits <= mostHeld) return false
    outlet.held = outlet.connection.writableLength
    return outlet.held + waits > mostHeld
  }

  function flush(outlet: Outlet): void {
    if (outlet.place > 0) write(outlet.place - first)
  }

  return {
    flush,

    /** Takes an operation's next answer; or doesn't, where more waits than may. */
    add(outlet: Outlet, start: string, answer: string): boolean {
      if (holdsTooMuch(outlet)) return false
      if (outlet.place === 0) {
        outlet.place = first - 1 + outlets.push(outlet)
        starts.push(start)
        answers.push(answer)
        if (outlets.length === 1) setImmediate(run)
        return true
      }
      const index = outlet.place - first
      if (outlet.frames === '') outlet.frames = nextFrame(starts[index]!, answers[index]!)
      outlet.frames += nextFrame(start, answer)
      if (outlet.frames.length > mostJoined) flush(outlet)
      return true
    },
  }
}

export type Outflow = ReturnType<typeof createOutflow>

const copyOf = (bytes: Buffer | string, from: number): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes.slice(from), 'latin1') : Buffer.from(bytes.subarray(from))

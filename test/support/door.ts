import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/** A TCP door to a real server, to put faults between it and whoever comes through `port`. */
export type Door = {
  port: number
  /** Cuts every connection; new ones are welcome. */
  cut(): void
  /** Cuts every connection and refuses new ones, as a stopped server does. */
  shut(): Promise<void>
  /** Opens again, on the same port. */
  open(): Promise<void>
  /** Keeps every connection and accepts new ones, but nothing passes either way: a network that swallows. */
  pause(): void
  /** Lets through what waited. */
  resume(): void
  /** Whatever passes from now on takes so long, and up to `jitterMs` more, one piece after the other. */
  slow(ms: number, jitterMs?: number): void
  /** Shuts it for good. */
  close(): Promise<void>
}

/** One direction of a connection. */
type Way = { from: Socket; through: Transform }

export async function openDoor(target: { host: string; port: number }): Promise<Door> {
  const pairs = new Set<readonly [Way, Way]>()
  let paused = false
  let slowMs = 0
  let slowJitterMs = 0
  let server: Server | undefined

  const way = (from: Socket, to: Socket): Way => {
    const through = new Transform({
      transform(piece, _encoding, done) {
        if (slowMs === 0) done(null, piece)
        else setTimeout(done, slowMs + Math.random() * slowJitterMs, null, piece)
      },
    })
    through.on('error', () => {}).pipe(to)
    return { from, through }
  }
  const enter = (near: Socket) => {
    const far = connect(target)
    const pair = [way(near, far), way(far, near)] as const
    pairs.add(pair)
    for (const [{ from, through }, other] of [[pair[0], far] as const, [pair[1], near] as const]) {
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('close', () => {
        pairs.delete(pair)
        other.destroy()
      })
      if (!paused) from.pipe(through)
    }
  }
  const listen = async (port: number) => {
    server = createServer({ pauseOnConnect: true }, enter).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const cut = () => {
    for (const [near, far] of pairs) {
      near.from.resetAndDestroy()
      far.from.destroy()
    }
    pairs.clear()
  }
  const shut = async () => {
    if (!server) return
    const closed = once(server, 'close')
    server.close()
    server = undefined
    cut()
    await closed
  }

  const port = await listen(0)
  return {
    port,
    cut,
    shut,
    async open() {
      if (!server) await listen(port)
    },
    pause() {
      paused = true
      for (const { from, through } of [...pairs].flat()) from.unpipe(through).pause()
    },
    resume() {
      paused = false
      for (const { from, through } of [...pairs].flat()) from.pipe(through)
    },
    slow(ms, jitterMs = 0) {
      slowMs = ms
      slowJitterMs = jitterMs
    },
    close: shut,
  }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

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
  /** Shuts it for good. */
  close(): Promise<void>
}

export async function openDoor(target: { host: string; port: number }): Promise<Door> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let paused = false
  let server: Server | undefined

  const enter = (near: Socket) => {
    const far = connect(target)
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [socket, other] of [pair, [far, near] as const]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        other.destroy()
      })
      if (!paused) socket.pipe(other)
    }
  }
  const listen = async (port: number) => {
    server = createServer({ pauseOnConnect: true }, enter).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const cut = () => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy()
      far.destroy()
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
      for (const [near, far] of pairs) {
        near.unpipe(far).pause()
        far.unpipe(near).pause()
      }
    },
    resume() {
      paused = false
      for (const [near, far] of pairs) {
        near.pipe(far)
        far.pipe(near)
      }
    },
    close: shut,
  }
}

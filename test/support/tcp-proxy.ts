import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One connection through the proxy. */
export type Proxied = {
  /** What the client has said so far, to tell connections apart by. */
  said(): string
  /**
   * From now on nothing passes in this direction, not even the end, and the connection stays open: what the network does when it
   * loses a route. What was on its way waits for ever.
   */
  mute(direction: 'to-client' | 'to-server'): void
  cut(): void
}

/** A TCP way to a server in which single connections can fail, where a door (door.ts) fails as a whole. */
export async function openProxy(target: { host: string; port: number }) {
  const connections = new Set<Proxied>()
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    const far = connect(target)
    const muted = new Set<Socket>()
    const chunks: Buffer[] = []
    client.on('data', (chunk: Buffer) => chunks.push(chunk))
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true).on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (!muted.has(from)) to.destroy()
      })
      from.pipe(to, { end: false })
    }
    const proxied: Proxied = {
      said: () => Buffer.concat(chunks).toString(),
      mute(direction) {
        const [from, to] = direction === 'to-client' ? [far, client] : [client, far]
        muted.add(from)
        from.unpipe(to).pause()
      },
      cut: () => client.resetAndDestroy(),
    }
    connections.add(proxied)
    client.on('close', () => {
      connections.delete(proxied)
      far.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    connections: () => [...connections],
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

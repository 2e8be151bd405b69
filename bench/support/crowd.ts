import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'

export type Seat = { token: string; query: string; variables?: Record<string, unknown> }

/** Many clients, each on a socket of its own with one subscription under an id of its own. */
export type Crowd = {
  size: number
  sockets: WebSocket[]
  /** Resolves when so many have got what holds this mark, with when each of them did; `mark` stands between two `#`. */
  got(mark: string, size?: number): Promise<number[]>
  /** A message as one of them got it. */
  sample(): string
  close(): void
}

const atOnce = 25

export async function openCrowd(url: string, seats: readonly Seat[]): Promise<Crowd> {
  const arrivals = new Map<string, number[]>()
  const awaited = new Map<string, { size: number; resolve(times: number[]): void }>()
  let sample = ''

  const hear = (data: Buffer) => {
    const start = data.indexOf('#')
    if (start < 0 && data.includes('"type":"error"')) throw new Error(`A subscription failed: ${data.toString()}`)
    if (start < 0) return
    const mark = data.toString('latin1', start + 1, data.indexOf('#', start + 1))
    const times = arrivals.get(mark) ?? []
    if (times.push(performance.now()) === 1) {
      arrivals.set(mark, times)
      sample = data.toString()
    }
    const waiting = awaited.get(mark)
    if (waiting?.size === times.length) waiting.resolve(times)
  }

  const sockets: WebSocket[] = []
  for (let at = 0; at < seats.length; at += atOnce)
    sockets.push(...(await Promise.all(seats.slice(at, at + atOnce).map((seat) => openClient(url, seat, hear)))))

  return {
    size: seats.length,
    sockets,
    async got(mark, size = seats.length) {
      const there = arrivals.get(mark) ?? []
      if (there.length < size) {
        await new Promise<number[]>((resolve) => awaited.set(mark, { size, resolve }))
        awaited.delete(mark)
      }
      const times = arrivals.get(mark)!
      arrivals.delete(mark)
      return times
    },
    sample: () => sample,
    close: () => sockets.forEach((ws) => ws.terminate()),
  }
}

/** Connected, acknowledged, and subscribed under a new id. */
export async function openClient(url: string, { token, query, variables }: Seat, hear: (data: Buffer) => void): Promise<WebSocket> {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
    perMessageDeflate: false,
    skipUTF8Validation: true,
  })
  ws.on('error', () => {})
  await once(ws, 'open')
  const acknowledged = once(ws, 'message')
  ws.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  const [answer] = (await acknowledged) as [Buffer]
  if (!answer.includes('connection_ack')) throw new Error(`A socket was not accepted: ${answer.toString()}`)
  ws.on('message', hear)
  ws.send(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: { query, variables } }))
  return ws
}

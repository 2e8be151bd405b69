import type { Duplex } from 'node:stream'
import type { Context, Server } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Log } from '../ports/log.ts'
import type { Device } from '../ports/sessions.ts'
import { closeCodes } from './close-codes.ts'
import type { Credential } from './identity.ts'
import type { Lane } from './lane.ts'
import type { Outflow } from './outflow.ts'
import type { Pulse } from './pulse.ts'
import { createWire } from './wire.ts'

/** One open socket, for those who handle what is said on it. */
export type Socket = {
  readonly device: Device
  /** The cookie it was opened with; from connection_init on whatever says who it is, null for the signed-out. */
  credential: Credential | null
  /** What graphql-ws knows of it, from connection_init on. */
  context: Pick<Context, 'subscriptions'> | null
  /** False from the moment it began to close. */
  isOpen(): boolean
  /** What there is to do for its person when it closes, from connection_init on. */
  leave: (() => void) | null
  /** Hears nothing new, ends the subscriptions, gives queries and mutations under way `graceMs` to answer, and closes. */
  end(code: number, reason: string, graceMs: number): void
  /** Without another word. */
  cutOff(): void
  /** How many are running. */
  subscriptions(): number
  /** Where the answers to one operation go. */
  lane(id: string): Lane
}

type Needs = {
  /** What `ws` writes to. */
  connection: Duplex
  device: Device
  cookie: Credential | null
  protocol: Server<Socket>
  /** False for a message too many. */
  mayTalk: () => boolean
  outflow: Outflow
  pulse: Pulse
  closed: (socket: Socket, code: number) => void
  log: Log
}

/** Joins a socket of ws to graphql-ws, which knows the protocol and no sockets. */
export function openSocket(ws: WebSocket, { connection, device, cookie, protocol, mayTalk, outflow, pulse, closed, log }: Needs): Socket {
  let working = 0
  let closing: (() => void) | null = null
  const wire = createWire(ws, connection, outflow)

  const socket: Socket = {
    device,
    credential: cookie,
    context: null,
    leave: null,
    isOpen: () => ws.readyState === ws.OPEN && !closing,
    end(code, reason, graceMs) {
      if (closing) return
      closing = () => wire.close(code, reason)
      endStreams(socket.context?.subscriptions)
      if (working === 0 || graceMs === 0) closing()
      else setTimeout(closing, graceMs).unref()
    },
    cutOff: () => ws.terminate(),
    subscriptions: () => Object.values(socket.context?.subscriptions ?? {}).filter(Boolean).length,
    lane: (id) =>
      wire.lane(id, (last) => {
        wire.flush()
        if (last !== null) ws.send(last)
        socket.end(closeCodes.tooSlow, 'You read slower than things happen. Connect again and resume.', 0)
        setTimeout(() => ws.terminate(), slowGraceMs).unref()
      }),
  }

  const handled = () => {
    if (--working === 0) closing?.()
  }
  const failed = (error: unknown) => {
    log.error('A bug: a message on a socket could not be handled.', { error })
    wire.close(closeCodes.internalError, 'Internal server error')
    handled()
  }
  // A subscription is handled until it ends: what waits for that is kept small.
  const hear = (text: string, handle: (text: string) => Promise<void>): void => {
    if (!socket.isOpen()) return
    if (!mayTalk()) return socket.end(closeCodes.tooMany, 'Too many messages. Connect again and send fewer at a time.', 0)
    working++
    handle(text).then(handled, failed)
  }

  /** Whoever takes no answers isn't heard until they do: neither what they ask nor that they are there, so the pulse finds them. */
  const waitForReader = () => {
    if (ws.isPaused || !wire.isFull()) return
    ws.pause()
    connection.once('drain', () => ws.resume())
  }

  const clearAway = protocol.opened(
    {
      protocol: ws.protocol,
      // Resolves when it is written: a stream waits for its reader.
      send(text) {
        wire.flush()
        if (ws.readyState !== ws.OPEN) return Promise.resolve()
        const { promise, resolve } = Promise.withResolvers<void>()
        ws.send(text, () => resolve())
        waitForReader()
        return promise
      },
      close: wire.close,
      onMessage: (handle) => void ws.on('message', (data: Buffer) => hear(data.toString(), handle)),
    },
    socket,
  )

  const turn = pulse.join(ws)
  ws.on('error', (error) => log.debug('A socket broke.', { error }))
  ws.on('close', (code, reason) => {
    turn.delete(ws)
    closed(socket, code)
    clearAway(code, String(reason)).catch((error) => log.error('A bug: a closed socket could not be cleared away.', { error }))
  })
  return socket
}

const slowGraceMs = 1_000

function endStreams(subscriptions: Context['subscriptions'] = {}) {
  for (const [id, stream] of Object.entries(subscriptions)) {
    if (!stream) continue
    delete subscriptions[id]
    if ('return' in stream) void stream.return(undefined)
  }
}

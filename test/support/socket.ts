import { WebSocket } from 'ws'

export type Message = { type: string; id?: string; payload?: Payload }
export type Payload = {
  data?: Record<string, unknown> | null
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; [name: string]: unknown } }[]
  extensions?: Record<string, unknown>
  [name: string]: unknown
}

type Options = { origin?: string; cookie?: string; headers?: Record<string, string>; protocol?: string | null; patienceMs?: number }

type Operation = [
  query: string,
  variables?: Record<string, unknown>,
  more?: { operationName?: string; extensions?: Record<string, unknown> },
]

export type TestSocket = {
  ws: WebSocket
  /** An object is sent as JSON, a string as it is. */
  send(message: object | string): void
  /** The next message, come or still to come. Fails, and says so, when the socket closes or nothing comes. */
  next(): Promise<Message>
  /** The same, and it must be of this operation. */
  nextOf(id: string): Promise<Message>
  /** Fails when something came that nobody took. */
  nothingMore(): void
  closed(ms?: number): Promise<{ code: number; reason: string }>
  /** connection_init and its acknowledgement. */
  init(params?: Record<string, unknown>): Promise<TestSocket>
  /** Sends an operation and returns its id. */
  start(...operation: Operation): string
  /** A query or mutation from start to end: its answer, or its errors. */
  run(...operation: Operation): Promise<Payload>
  complete(id: string): void
  close(): Promise<void>
}

/** Opens a socket that speaks the raw protocol and queues what arrives, so that no test sleeps. `url` is the server's, without the path. */
export async function connect(
  url: string,
  { origin, cookie, headers, protocol = 'graphql-transport-ws', patienceMs = 5_000 }: Options = {},
) {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, protocol === null ? [] : [protocol], {
    headers: { ...(origin && { origin }), ...(cookie && { cookie }), ...headers },
  })
  const arrived: Message[] = []
  const waiting: { give: (message: Message) => void; fail: (error: Error) => void }[] = []
  let ids = 0

  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.once('close', (code, reason) => {
      resolve({ code, reason: String(reason) })
      for (const { fail } of waiting.splice(0))
        fail(new Error(`The socket closed with ${code} ${String(reason)} while a message was awaited.`))
    }),
  )
  ws.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString()) as Message
    const first = waiting.shift()
    if (first) first.give(message)
    else arrived.push(message)
  })
  await new Promise<void>((resolve, reject) => ws.once('open', resolve).once('error', reject))
  ws.on('error', () => {})

  const patiently = <Value>(what: string, promise: Promise<Value>, ms = patienceMs): Promise<Value> => {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error(`Waited ${ms} ms for ${what}.`)), ms)
    return Promise.race([promise, late]).finally(() => clearTimeout(timer))
  }

  const socket: TestSocket = {
    ws,
    send: (message) => ws.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next() {
      const message = arrived.shift()
      if (message) return Promise.resolve(message)
      return patiently('a message', new Promise<Message>((give, fail) => waiting.push({ give, fail })))
    },
    async nextOf(id) {
      const message = await socket.next()
      if (message.id !== id) throw new Error(`Expected a message of ${id}, got ${JSON.stringify(message)}.`)
      return message
    },
    nothingMore() {
      if (arrived.length > 0) throw new Error(`Unexpected: ${JSON.stringify(arrived)}`)
    },
    closed: (ms) => patiently('the socket to close', closed, ms),
    async init(params) {
      socket.send({ type: 'connection_init', ...(params && { payload: params }) })
      const message = await socket.next()
      if (message.type !== 'connection_ack') throw new Error(`Expected connection_ack, got ${JSON.stringify(message)}.`)
      return socket
    },
    start(query, variables, more = {}) {
      const id = `operation-${++ids}`
      socket.send({ id, type: 'subscribe', payload: { query, variables, ...more } })
      return id
    },
    async run(...operation) {
      const id = socket.start(...operation)
      const { type, payload } = await socket.nextOf(id)
      if (type === 'error') return { errors: payload as unknown as Payload['errors'] }
      await socket.nextOf(id)
      return payload!
    },
    complete: (id) => socket.send({ id, type: 'complete' }),
    async close() {
      ws.close(1000)
      await closed
    },
  }
  return socket
}

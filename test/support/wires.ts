import { createClient } from './client.ts'
import { openStream } from './event-stream.ts'
import { connect, type Payload } from './socket.ts'

type Operation = { query: string; variables?: Record<string, unknown>; operationName?: string; extensions?: Record<string, unknown> }

/** Runs one operation from start to end, the answer as it came. */
export type Run = (url: string, operation: Operation, token?: string) => Promise<Payload>

/** The three ways of an operation to the server: what is true on one must be on all. */
export const wires: { wire: string; run: Run }[] = [
  {
    wire: 'HTTP',
    async run(url, { query, variables, ...more }, token) {
      const { status: _, headers: __, ...payload } = await createClient(url, { token }).send(query, variables, more)
      return payload
    },
  },
  {
    wire: 'WebSocket',
    async run(url, { query, variables, ...more }, token) {
      const socket = await (await connect(url)).init(token === undefined ? undefined : { authorization: `Bearer ${token}` })
      const payload = await socket.run(query, variables, more)
      await socket.close()
      return payload
    },
  },
  {
    wire: 'SSE',
    async run(url, operation, token) {
      const stream = await openStream(url, operation, { token })
      const { data } = await stream.next()
      stream.close()
      return data!
    },
  },
]

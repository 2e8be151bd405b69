import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

/** graphql-ws' own client, and the scissors to its socket. */
export function openSocket(url: string, token: string) {
  let newest: WebSocket | undefined
  let connected = 0
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
    on: {
      connected(socket) {
        newest = socket as WebSocket
        connected++
      },
    },
  })
  return { client: resuming(client), cut: () => newest!.terminate(), connected: () => connected }
}

type Event = { cursor?: string; message?: { seq: number } }

/**
 * After a cut the client subscribes again with what it subscribed with. So whoever said from where (`after`, `afterSeq`) says from now
 * on: from the last that came.
 */
function resuming(client: Client): Client {
  const subscribe: Client['subscribe'] = (payload, sink) => {
    const variables = { ...payload.variables }
    return client.subscribe<Record<string, Event>>(
      { ...payload, variables },
      {
        next(result) {
          const [event] = Object.values(result.data ?? {})
          if ('after' in variables && event?.cursor) variables.after = event.cursor
          if ('afterSeq' in variables && event?.message) variables.afterSeq = event.message.seq
          sink.next(result as never)
        },
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      },
    )
  }
  return { ...client, subscribe }
}

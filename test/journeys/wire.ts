import { WebSocket } from 'ws'

export type Answer<Data> = { data?: Data | null; errors?: { message: string; extensions?: { code?: string } }[] }

/** One request over HTTP. Rejects where no answer comes, in time. */
export async function ask<Data>(
  url: string,
  token: string,
  query: string,
  variables: Record<string, unknown>,
  patienceMs = 4_000,
): Promise<Answer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(patienceMs),
  })
  return (await response.json()) as Answer<Data>
}

export type Subscription = {
  /** Why it is over: in the server's words, or the network's. */
  over: Promise<string>
  /** Reads nothing more for now, as a client does whose machine is busy. */
  pause(): void
  resume(): void
  /** Ends it without a word, as a network does. */
  cut(): void
}

/** One subscription on a socket of its own. `on` gets each answer; an error of the operation is an answer with errors. */
export function subscribe<Data>(
  url: string,
  token: string,
  { query, variables }: { query: string; variables: Record<string, unknown> },
  on: (answer: Answer<Data>) => void,
): Subscription {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { handshakeTimeout: 4_000 })
  const over = new Promise<string>((resolve) => {
    ws.on('error', (error) => resolve(error.message))
    ws.on('close', (code, reason) => resolve(`${code} ${String(reason)}`.trim()))
  })
  const say = (message: object) => ws.send(JSON.stringify(message))
  ws.on('open', () => say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  ws.on('message', (data: Buffer) => {
    const { type, payload } = JSON.parse(data.toString()) as { type: string; payload: unknown }
    if (type === 'connection_ack') say({ id: '1', type: 'subscribe', payload: { query, variables } })
    if (type === 'next') on(payload as Answer<Data>)
    if (type === 'error') on({ errors: payload as Answer<Data>['errors'] })
    if (type === 'error' || type === 'complete') ws.close(1000)
  })
  return { over, pause: () => ws.pause(), resume: () => ws.resume(), cut: () => ws.terminate() }
}

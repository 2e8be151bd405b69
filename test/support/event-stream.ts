import { type IncomingMessage, request } from 'node:http'
import type { Payload } from './socket.ts'

export type ServerEvent = { event: string; data: Payload | null }

type Options = { token?: string; headers?: Record<string, string>; patienceMs?: number }

/** One operation as server-sent events, queued like the messages of a socket. `url` is the server's, without the path. */
export async function openStream(url: string, body: object, { token, headers, patienceMs = 5_000 }: Options = {}) {
  const asked = request(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
  })
  asked.end(JSON.stringify(body))
  const response = await new Promise<IncomingMessage>((resolve, reject) => asked.once('response', resolve).once('error', reject))

  const arrived: ServerEvent[] = []
  const waiting: { give: (event: ServerEvent) => void; fail: (error: Error) => void }[] = []
  let rest = ''
  let over: string | null = null
  const end = (how: 'complete' | 'broken') => {
    over ??= how
    for (const { fail } of waiting.splice(0)) fail(new Error(`The stream ended (${over}) while an event was awaited.`))
  }
  const closed = new Promise<'complete' | 'broken'>((resolve) => {
    response.once('end', () => resolve('complete'))
    response.once('close', () => resolve(response.complete ? 'complete' : 'broken'))
    response.on('error', () => {})
  })
  void closed.then(end)
  response.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n\n')
    rest = parts.pop()!
    for (const part of parts) {
      const lines = Object.fromEntries(
        part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      )
      if (!('event' in lines)) continue
      const event: ServerEvent = { event: lines.event, data: lines.data ? (JSON.parse(lines.data) as Payload) : null }
      const first = waiting.shift()
      if (first) first.give(event)
      else arrived.push(event)
    }
  })

  return {
    status: response.statusCode!,
    headers: response.headers,
    /** The next event, come or still to come; pings are left out. */
    next(): Promise<ServerEvent> {
      const event = arrived.shift()
      if (event) return Promise.resolve(event)
      if (over) return Promise.reject(new Error(`The stream has ended (${over}).`))
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`Waited ${patienceMs} ms for an event.`)), patienceMs)
        const done =
          <Value>(act: (value: Value) => void) =>
          (value: Value) => {
            clearTimeout(timer)
            act(value)
          }
        waiting.push({ give: done(resolve), fail: done(reject) })
      })
    },
    /** How it ended: properly, or in the middle. */
    closed: () => closed,
    close: () => asked.destroy(),
  }
}

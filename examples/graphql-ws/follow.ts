import { setTimeout as pause } from 'node:timers/promises'
import type { GraphQLError } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { server } from '../sign-in.ts'

export type Event = { __typename: string; cursor: string }

/** One WebSocket for all operations of a person. */
export const openSocket = (token: string): Client =>
  createClient({
    url: `${server.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${token}` },
    // By itself it would subscribe again with the cursor it began with. `follow` does, with the last one.
    retryAttempts: 0,
  })

/**
 * The inbox, for good: from `after` on, and over every cut and restart from where it was. `selection` is what to know of the events, as
 * fragments. What happened in the last second before a cut may come again, with the same `version`.
 */
export async function* follow<Kind extends Event>(client: Client, selection: string, after: string | null): AsyncGenerator<Kind> {
  const query = `subscription Inbox($after: StreamCursor) { inboxEvents(after: $after) { __typename cursor ${selection} } }`
  for (let waited = 500; ; waited = Math.min(waited * 2, 30_000))
    try {
      for await (const { data } of client.iterate<{ inboxEvents: Kind }>({ query, variables: { after } })) {
        if (!data) continue
        after = data.inboxEvents.cursor
        waited = 500
        yield data.inboxEvents
      }
    } catch (closed) {
      if (isOver(closed)) throw closed
      // Not everybody at the same moment, when a server comes back.
      await pause(Math.random() * waited)
    }
}

/** What connecting again would not mend: a session that has ended, or a mistake in the document. */
const isOver = (closed: unknown) =>
  Array.isArray(closed)
    ? (closed as GraphQLError[])[0]?.extensions.code !== 'SERVICE_UNAVAILABLE'
    : (closed as { code?: number }).code === 4403

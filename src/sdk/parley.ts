import { createCredentials, type GetToken } from './credentials.ts'
import type { Document } from './documents.ts'
import { createHttp } from './http.ts'
import { createInbox, type Inbox, type InboxOptions } from './inbox.ts'
import { createLive, type KeepAliveOptions } from './live.ts'
import { createOperations, type Operations } from './operations.ts'
import type { RetryOptions } from './retry.ts'

export type ParleyOptions = {
  /** The server's address, such as `https://chat.example.org`, or that of its GraphQL endpoint. In a browser `/` is the page's own. */
  url: string
  /** What signing in gave. Without it and `getToken` a browser signs in by its cookie. */
  token?: string
  getToken?: GetToken
  /** How long a query or mutation may take: 15 s unless said otherwise. */
  timeoutMs?: number
  /** How long to wait between tries. */
  retry?: RetryOptions
  /** How soon a connection that is dead is found out to be. */
  keepAlive?: KeepAliveOptions
  /** Others than the global ones. */
  fetch?: typeof globalThis.fetch
  webSocket?: typeof globalThis.WebSocket
}

export type Parley = Operations & {
  /** Follows everything that concerns whoever is signed in. Once for an application: it is all channels together. */
  inbox(options?: InboxOptions): Inbox
  /** Runs a query or mutation of one's own. */
  request<Answer, Variables>(document: Document<Answer, Variables> | string, variables?: Variables): Promise<Answer>
  /** Closes the socket, and with it all subscriptions. Inboxes are closed by themselves. */
  close(): void
}

/** A client of one Parley server, as whoever the token says. */
export function createParley({ url, token, getToken, timeoutMs = 15_000, retry, keepAlive, ...instead }: ParleyOptions): Parley {
  const endpoint = endpointOf(url)
  const credentials = createCredentials({ ...(token !== undefined && { token }), ...(getToken && { getToken }) })
  const fetch: typeof globalThis.fetch = instead.fetch ?? ((...request) => globalThis.fetch(...request))
  const http = createHttp({ url: endpoint, credentials, fetch, timeoutMs })
  const live = createLive({
    url: endpoint,
    credentials,
    webSocket: instead.webSocket,
    ...(retry && { retry }),
    ...(keepAlive && { keepAlive }),
  })
  const operations = createOperations(http, live)

  return {
    ...operations,
    inbox: (options = {}) => createInbox({ operations, live, options, ...(retry && { retry }) }),
    request: (document, variables) => http(document as Document<never, unknown>, variables ?? {}),
    close: live.close,
  }
}

function endpointOf(url: string): string {
  const { location } = globalThis as { location?: { href: string } }
  const endpoint = new URL(url, location?.href)
  if (endpoint.pathname === '/') endpoint.pathname = '/graphql'
  return endpoint.href
}

import type { IncomingMessage, ServerResponse } from 'node:http'

export type Origins = {
  /** Whether pages of this origin may read answers and use the cookie. Exact: nothing is derived from the request. */
  allows(origin: string | undefined): boolean
  /** What the answer says about it; the browser does the rest. */
  announce(request: IncomingMessage, response: ServerResponse): void
  /** The server's own address, known once it listens. */
  add(origin: string): void
}

export function createOrigins(allowed: readonly string[]): Origins {
  const origins = new Set(allowed)
  const allows = (origin: string | undefined) => origin !== undefined && origins.has(origin)
  return {
    allows,
    add: (origin) => void origins.add(origin),
    announce({ headers, method }, response) {
      response.appendHeader('Vary', 'Origin')
      if (!allows(headers.origin)) return
      response.setHeader('Access-Control-Allow-Origin', headers.origin!)
      response.setHeader('Access-Control-Allow-Credentials', 'true')
      response.setHeader('Access-Control-Expose-Headers', 'X-Request-Id, Retry-After')
      if (method !== 'OPTIONS') return
      response.setHeader('Access-Control-Allow-Methods', 'POST')
      response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Request-Id')
      response.setHeader('Access-Control-Max-Age', '7200')
    },
  }
}

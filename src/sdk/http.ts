import type { Credentials } from './credentials.ts'
import type { Document } from './documents.ts'
import { type GraphQLErrorLike, RequestFailed, Unreachable } from './errors.ts'

/** A browser doesn't say why, and this is what it mostly is for somebody who begins. */
function hint(url: string): string {
  const { location } = globalThis as { location?: { origin: string } }
  if (!location || new URL(url).origin === location.origin) return ''
  return ` If it runs: its ALLOWED_ORIGINS must name ${location.origin}, where this page is from.`
}

export type Http = ReturnType<typeof createHttp>

type Needs = { url: string; credentials: Credentials; fetch: typeof globalThis.fetch; timeoutMs: number }

/** Queries and mutations, over fetch. */
export function createHttp({ url, credentials, fetch, timeoutMs }: Needs) {
  async function post(body: string): Promise<{ data?: unknown; errors?: GraphQLErrorLike[] }> {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      ...(await credentials.header()),
    }
    let status = 0
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        credentials: credentials.usesCookie ? 'include' : 'omit',
        signal: AbortSignal.timeout(timeoutMs),
      })
      status = response.status
      return (await response.json()) as { data?: unknown; errors?: GraphQLErrorLike[] }
    } catch (cause) {
      throw new Unreachable(
        status ? `The server answered ${status}, and not with GraphQL.` : `The server could not be reached.${hint(url)}`,
        { cause },
      )
    }
  }

  /** The data of an operation. Whatever is wrong is thrown: `Unreachable`, or `RequestFailed` with what the server says. */
  return async function request<Answer, Variables>(document: Document<Answer, Variables>, variables: Variables): Promise<Answer> {
    const body = JSON.stringify({ query: document, variables })
    for (let mayRenew = credentials.canRenew; ; mayRenew = false) {
      const { data, errors } = await post(body)
      if (!errors && data) {
        credentials.accept()
        return data as Answer
      }
      const failed = new RequestFailed(errors ?? [])
      // Nothing was executed, so it may be sent again.
      if (failed.code !== 'UNAUTHENTICATED' || !mayRenew) throw failed
      credentials.refuse()
    }
  }
}

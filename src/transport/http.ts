import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FailureCode } from '../graphql/failures.ts'
import { ServiceUnavailable } from '../kernel/errors.ts'
import type { Log } from '../ports/log.ts'
import type { Device } from '../ports/sessions.ts'
import type { EdgeContext } from './call.ts'
import type { SessionCookie } from './cookies.ts'
import { sendGraphiql } from './graphiql.ts'
import { type Graphql, graphqlPath } from './graphql.ts'
import type { Health } from './health.ts'
import type { Identity } from './identity.ts'
import type { Measures } from './measures.ts'
import { newRequestId } from './request-id.ts'
import { answerUnsubscribe, type Unsubscribing, unsubscribePath } from './unsubscribe.ts'
import type { Origins } from './origins.ts'

type Needs = {
  graphql: Graphql
  graphiql: boolean
  unsubscribe?: Unsubscribing
  health: Health
  identity: Identity
  origins: Origins
  cookie: SessionCookie
  deviceOf: (request: IncomingMessage) => Device
  isUnavailable: (error: unknown) => boolean
  measures: Measures
  log: Log
}

/** Every HTTP request: which way it goes, and what every answer says. */
export function createHttp({
  graphql,
  graphiql,
  unsubscribe,
  health,
  identity,
  origins,
  cookie,
  deviceOf,
  isUnavailable,
  measures,
  log,
}: Needs) {
  return async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now()
    const path = request.url!.split('?', 1)[0]!
    const requestId = requestIdOf(request)
    response.setHeader('X-Request-Id', requestId)
    for (const [name, value] of everyAnswer) response.setHeader(name, value)
    response.once('close', () => {
      const streamed = response.getHeader('content-type') === 'text/event-stream'
      // 499, as nginx has it: the client left before there was an answer.
      const status = response.headersSent ? response.statusCode : 499
      measures.answered(known.has(path) ? path : 'other', status, streamed ? null : (performance.now() - started) / 1_000)
    })
    try {
      await route(path, request, response, requestId)
    } catch (error) {
      if (isUnavailable(error) && !response.headersSent) {
        log.warn('A request failed: a dependency does not answer.', { requestId, error })
        return refuse(response, 503, 'SERVICE_UNAVAILABLE', new ServiceUnavailable().reason)
      }
      log.error('A bug: a request could not be answered.', { requestId, error })
      if (!response.headersSent)
        refuse(response, 500, 'INTERNAL', `Something went wrong on our side. Quote the request id ${requestId} when you report it.`)
      else response.destroy()
    }
  }

  async function route(path: string, request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    if (path === graphqlPath) return answer(request, response, requestId)
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (path === '/' && graphiql && reads) return void response.writeHead(302, { Location: graphqlPath }).end()
    if (path === unsubscribePath && unsubscribe) return answerUnsubscribe(unsubscribe, request, response)
    const probe = health.routes[path]
    if (!probe) return refuse(response, 404, 'NOT_FOUND', `There is nothing at this address. GraphQL is at ${graphqlPath}.`)
    if (!reads) return refuse(response, 405, 'BAD_REQUEST', 'Use GET.', { Allow: 'GET, HEAD' })
    return probe(request, response)
  }

  async function answer(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const { method, headers } = request
    origins.announce(request, response)
    if (method === 'OPTIONS') return void response.writeHead(204).end()
    if (graphiql && (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html')) return sendGraphiql(request, response)
    if (method !== 'POST') return refuse(response, 405, 'BAD_REQUEST', 'Operations are sent with POST.', { Allow: 'POST, OPTIONS' })
    // Nothing that a page of another origin may send without asking first: that is what keeps the cookie safe.
    if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
      return refuse(response, 415, 'BAD_REQUEST', 'Operations are sent as `content-type: application/json`.')
    await graphql(request, response, { call: callOf(request, response, requestId) })
  }

  function callOf(request: IncomingMessage, response: ServerResponse, requestId: string): EdgeContext['call'] {
    const setCookie = (text: string) => void (response.headersSent || response.appendHeader('Set-Cookie', text))
    const call: EdgeContext['call'] = {
      requestId,
      device: deviceOf(request),
      cookie: { set: (token) => setCookie(cookie.set(token)), clear: () => setCookie(cookie.clear()) },
      async viewer() {
        const credential = identity.ofRequest(request)
        const viewer = credential && (await identity.viewer(credential))
        if (credential && !viewer) call.cookie.clear()
        return viewer
      },
    }
    return call
  }
}

const known = new Set(['/', graphqlPath, unsubscribePath, '/livez', '/readyz', '/metrics'])

const everyAnswer: [string, string][] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
]

/** A proxy's id is kept, so that its log and ours can be read together. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:/+=-]{1,128}$/.test(given) ? given : newRequestId()
}

function refuse(response: ServerResponse, status: number, code: FailureCode, message: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, 'Content-Type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }))
}

import { GraphQLError, type GraphQLErrorExtensions } from 'graphql'
import { type ErrorCode, ExpectedError, InvalidInput, RateLimited, ServiceUnavailable } from '../kernel/errors.ts'
import type { Log } from '../ports/log.ts'

/** `extensions.code` of a top-level error: one of these, or the contract's ErrorCode or SERVICE_UNAVAILABLE. */
export type FailureCode =
  | ErrorCode
  /** Not GraphQL. */
  | 'GRAPHQL_PARSE_FAILED'
  /** GraphQL that this schema can't answer. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** The request around the document: its body, `variables`, `operationName`. */
  | 'BAD_REQUEST'
  /** Larger, deeper, or more at once than one operation may be; `extensions.limit` and `extensions.max` say which. */
  | 'LIMIT_EXCEEDED'
  /** Given up for taking too long. A mutation may have taken effect. */
  | 'TIMEOUT'
  /** A bug on the server's side. `extensions.requestId` leads to it in the log. */
  | 'INTERNAL'

/** Where nothing was executed, and only for `accept: application/graphql-response+json`: as graphql-over-http wants it. */
const statuses: Partial<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  SERVICE_UNAVAILABLE: 503,
  TIMEOUT: 503,
}

/** Whose operation it was, for the log. */
export type Call = { requestId?: string; operation?: string }

type Needs = {
  log: Log
  /** Whether an error means that a dependency doesn't answer. */
  isUnavailable: (error: unknown) => boolean
  /** Told of each error that clients don't see. */
  onBug: () => void
  /** Whether names of the schema may be guessed at: «Did you mean …?» */
  hints: boolean
}

/** Turns whatever was thrown into what a client may see of it. Given its own result it returns it unchanged. */
export type Failures = (error: unknown, call: Call) => GraphQLError

export function createFailures({ log, isUnavailable, onBug, hints }: Needs): Failures {
  return (error, call) => {
    if (error instanceof GraphQLError && failures.has(error)) return error
    const cause = causeOf(error)
    if (isUnavailable(cause)) {
      log.warn('An operation failed: a dependency does not answer.', { ...call, error: cause })
      return failure('SERVICE_UNAVAILABLE', new ServiceUnavailable().reason, { at: error })
    }
    if (cause instanceof ExpectedError) return failure(cause.code, cause.reason, { at: error, ...details(cause) })
    if (cause instanceof GraphQLError && isClients(cause, error)) return ofLibrary(cause, error, hints)
    onBug()
    log.error('A bug: an operation ended in an unexpected error.', { ...call, error: cause })
    const { requestId = 'unknown' } = call
    return failure('INTERNAL', `Something went wrong on our side. Quote the request id ${requestId} when you report it.`, {
      at: error,
      requestId,
    })
  }
}

const failures = new WeakSet<GraphQLError>()

type Parts = {
  /** Where it comes from: its place in the document and in the answer is kept, nothing else. */
  at?: unknown
  http?: object
}

/** An error for clients. */
export function failure(
  code: FailureCode,
  message: string,
  { at, http, ...extensions }: Parts & GraphQLErrorExtensions = {},
): GraphQLError {
  const place = at instanceof GraphQLError ? { nodes: at.nodes, source: at.source, positions: at.positions, path: at.path } : {}
  const error = new GraphQLError(message, {
    ...place,
    extensions: { code, ...extensions, ...(!place.path && { http: { ...asHttp(code), ...http } }) },
  })
  failures.add(error)
  return error
}

/** Yoga takes status and headers from here, and sends the rest. `spec`: clients that accept only application/json get 200. */
const asHttp = (code: FailureCode) => ({
  status: statuses[code] ?? 400,
  spec: true,
  ...(code === 'UNAUTHENTICATED' && { headers: { 'WWW-Authenticate': 'Bearer' } }),
})

/** What Yoga, graphql and the executor throw themselves. Those with a code are about HTTP: their status is for every client. */
function ofLibrary(cause: GraphQLError, at: unknown, hints: boolean): GraphQLError {
  const { extensions } = cause
  const message = placeOf(at, cause) + (hints ? cause.message : cause.message.replace(/ Did you mean .*\?$/s, ''))
  const { code, http, ...rest } = extensions as GraphQLErrorExtensions & { code?: string }
  if (code === undefined) return failure('BAD_REQUEST', message, { at, ...rest })
  const known = libraryCodes[code] ?? (code as FailureCode)
  return failure(known, message, { at, ...rest, http: { ...(http as object), spec: false } })
}

/**
 * Which variable is wrong, and where in it, for an error that graphql put around its cause: `Variable "$n" got invalid value 1 at "n.text";
 * …`. The value stays away, since what is printed of it may be all of an input, a password included.
 */
function placeOf(at: unknown, { message }: GraphQLError): string {
  if (!(at instanceof GraphQLError) || !at.message.endsWith(`; ${message}`)) return ''
  const around = at.message.slice(0, -message.length - 2)
  const [, name] = /^Variable "\$(\w+)" got invalid value /.exec(around) ?? []
  const [, place = name] = / at "([^"]+)"$/.exec(around) ?? []
  return name ? `Variable "$${place}": ` : ''
}

/** As it goes over a wire that has no HTTP status. */
export function formatted(error: GraphQLError) {
  const { http: _, ...extensions } = error.extensions
  return { ...error.toJSON(), extensions }
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error
}

/** GraphQL's own errors name a place in the document, or came before any field was resolved. Others are a resolver's or scalar's bug. */
const isClients = (cause: GraphQLError, located: unknown) =>
  'code' in cause.extensions || cause.nodes !== undefined || !(located as GraphQLError).path

const libraryCodes: Record<string, FailureCode> = {
  REQUEST_ENTITY_TOO_LARGE: 'LIMIT_EXCEEDED',
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
  BAD_USER_INPUT: 'BAD_REQUEST',
}

function details(error: ExpectedError): GraphQLErrorExtensions {
  if (error instanceof InvalidInput) return { issues: error.issues }
  if (error instanceof RateLimited) return { retryAfterMs: error.retryAfterMs }
  return {}
}

import type { ErrorCode } from './documents.ts'

/** What a mutation can end in that was to be expected: a member of its union. Newer servers may know more of them. */
export type Failure = {
  __typename: string
  code: ErrorCode | (string & {})
  /** What went wrong and what to do about it, for people. */
  reason: string
  issues?: { path: string; reason: string }[]
  retryAfterMs?: number
}

/** The base of all that the SDK throws. `code` is for programs, `message` for people. */
export class ParleyError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** No answer came: the network, a proxy, or a server that is away. Whether it took effect is not known. */
export class Unreachable extends ParleyError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNREACHABLE', message, options)
  }
}

export type GraphQLErrorLike = { message: string; extensions?: { code?: string; [name: string]: unknown } }

/** The server answered with an error at the top level: `UNAUTHENTICATED`, `LIMIT_EXCEEDED`, `SERVICE_UNAVAILABLE`, `INTERNAL` … */
export class RequestFailed extends ParleyError {
  readonly errors: readonly GraphQLErrorLike[]

  constructor(errors: readonly GraphQLErrorLike[]) {
    const [first] = errors
    super(first?.extensions?.code ?? 'UNKNOWN', first?.message ?? 'The server answered with an error.')
    this.errors = errors
  }
}

/** The socket was closed for a reason that trying again doesn't mend. */
export class ConnectionClosed extends ParleyError {
  readonly closeCode: number

  constructor(closeCode: number, reason: string) {
    super(closeCode === 4403 ? 'UNAUTHENTICATED' : 'CONNECTION_CLOSED', reason || `The server closed the connection with ${closeCode}.`)
    this.closeCode = closeCode
  }
}

/** What `unwrap` throws: a mutation was refused. The classes below say by which member of its union. */
export class Refused extends ParleyError {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.code, failure.reason)
    this.failure = failure
  }
}

export class InvalidInput extends Refused {
  /** One for each thing that is wrong. */
  get issues() {
    return this.failure.issues ?? []
  }
}
export class RateLimited extends Refused {
  /** When to try again. */
  get retryAfterMs() {
    return this.failure.retryAfterMs ?? 0
  }
}
export class BadCredentials extends Refused {}
export class Forbidden extends Refused {}
export class NotFound extends Refused {}
export class Conflict extends Refused {}

const lasting = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'INVALID_INPUT',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
])
/** The protocol was broken, or (4403) one isn't signed in. */
const lastingCloses = new Set([4400, 4401, 4403, 4406, 4409, 4429])

/** Whether trying again may help. */
export function mayPass(error: ParleyError): boolean {
  return error instanceof ConnectionClosed ? !lastingCloses.has(error.closeCode) : !lasting.has(error.code)
}

export const asParleyError = (error: unknown): ParleyError =>
  error instanceof ParleyError ? error : new ParleyError('BUG', error instanceof Error ? error.message : String(error), { cause: error })

const classes: Record<string, typeof Refused> = { InvalidInput, RateLimited, BadCredentials, Forbidden, NotFound, Conflict }

// As they are written, whatever a bundler makes of the classes' own names.
const named = { ParleyError, Unreachable, RequestFailed, ConnectionClosed, Refused, ...classes }
for (const [name, { prototype }] of Object.entries(named)) prototype.name = name

type Refusal = { __typename: string; code: ErrorCode; reason: string }

/** Whether a mutation was refused. */
export const isFailure = <Outcome extends { __typename: string }>(outcome: Outcome): outcome is Extract<Outcome, Refusal> =>
  'code' in outcome && 'reason' in outcome

/**
 * The payload of a mutation, for those who would rather catch: whatever else it ended in is thrown, as `InvalidInput`, `Forbidden`,
 * `NotFound`, `Conflict`, `RateLimited` or `BadCredentials`; all of them are `Refused`. Takes the outcome, or the promise of one.
 */
export async function unwrap<Outcome extends { __typename: string }>(
  outcome: Outcome | Promise<Outcome>,
): Promise<Exclude<Outcome, Refusal>> {
  const ended = await outcome
  if (isFailure(ended)) throw new (classes[ended.__typename] ?? Refused)(ended)
  return ended as Exclude<Outcome, Refusal>
}

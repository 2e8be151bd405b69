// Expected failures. A room throws them; a mutation lists those it can end in, and they arrive as members of its union.
// Whatever else is thrown is a bug: masked, logged, counted.

export type ErrorCode =
  | 'INVALID_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'SERVICE_UNAVAILABLE'

/** `reason` is for people: what went wrong and what to do about it. */
export abstract class ExpectedError extends Error {
  abstract readonly code: ErrorCode

  get reason(): string {
    return this.message
  }
}

export type InputIssue = {
  /** Where in the arguments, e.g. `input.text`. */
  path: string
  reason: string
}

export class InvalidInput extends ExpectedError {
  readonly code = 'INVALID_INPUT'
  readonly issues: readonly InputIssue[]

  constructor(issues: readonly InputIssue[]) {
    super(issues.map(({ path, reason }) => `${path}: ${reason}`).join(' '))
    this.issues = issues
  }
}

export class Forbidden extends ExpectedError {
  readonly code = 'FORBIDDEN'
}

/** Also what a thing looks like that the viewer may not see. */
export class NotFound extends ExpectedError {
  readonly code = 'NOT_FOUND'
}

export class Conflict extends ExpectedError {
  readonly code = 'CONFLICT'
}

export class RateLimited extends ExpectedError {
  readonly code = 'RATE_LIMITED'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number, reason = `That was too often. Try again in ${Math.ceil(retryAfterMs / 1000)} s.`) {
    super(reason)
    this.retryAfterMs = Math.ceil(retryAfterMs)
  }
}

/** A password, code or link that doesn't open anything. */
export class BadCredentials extends ExpectedError {
  readonly code = 'UNAUTHENTICATED'
}

/** Nobody is signed in, where someone must be. Never a union member: it ends the operation at the top level. */
export class Unauthenticated extends ExpectedError {
  readonly code = 'UNAUTHENTICATED'

  constructor(reason = 'Sign in first: this needs an account.') {
    super(reason)
  }
}

/** A dependency is down, or too busy. Nothing was lost; trying again later is right. */
export class ServiceUnavailable extends ExpectedError {
  readonly code = 'SERVICE_UNAVAILABLE'

  constructor(reason = 'The server is missing something it depends on, or has too much to do. Try again in a moment.') {
    super(reason)
  }
}

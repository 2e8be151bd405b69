import {
  BadCredentials,
  Conflict,
  type ErrorCode,
  type ExpectedError,
  Forbidden,
  InvalidInput,
  NotFound,
  RateLimited,
} from '../kernel/errors.ts'
import { builder } from './builder.ts'

/** The codes of union members; SERVICE_UNAVAILABLE only ever ends an operation at the top level. */
type MemberCode = Exclude<ErrorCode, 'SERVICE_UNAVAILABLE'>

const ErrorCodeType = builder.enumType('ErrorCode', {
  description: 'The kind of an expected failure, for programs to branch on.',
  values: {
    INVALID_INPUT: { description: 'Something in the arguments is wrong; `issues` says what, all at once.' },
    UNAUTHENTICATED: { description: 'Nobody is signed in, or the password, code or link does not open anything.' },
    FORBIDDEN: { description: 'The viewer may see this, but not do that.' },
    NOT_FOUND: { description: 'Does not exist. Also what a thing looks like that the viewer may not see.' },
    CONFLICT: { description: 'The present state does not allow it; `reason` says what stands in the way.' },
    RATE_LIMITED: { description: 'Too often; `retryAfterMs` says when to try again.' },
  } satisfies Record<MemberCode, unknown>,
})

const ErrorInterface = builder.interfaceRef<ExpectedError>('Error').implement({
  description:
    'An expected failure, as data. Top-level GraphQL errors are kept for missing authentication, cost limits and bugs; they carry `extensions.code`.',
  fields: (t) => ({
    code: t.field({ type: ErrorCodeType, description: 'The kind of failure.', resolve: ({ code }) => code as MemberCode }),
    reason: t.exposeString('reason', {
      description: 'What went wrong and what to do about it, for people. (Not `message`: payloads have a Message of that name.)',
    }),
  }),
})

const InputIssueType = builder.objectRef<InvalidInput['issues'][number]>('InputIssue').implement({
  description: 'One thing that is wrong with the arguments.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where in the arguments, e.g. `input.text`.' }),
    reason: t.exposeString('reason', { description: 'What is wrong with it, for people.' }),
  }),
})

builder.objectType(InvalidInput, {
  name: 'InvalidInput',
  description: 'Something in the arguments is wrong.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [InputIssueType],
      description: 'One entry for each thing wrong, all reported at once.',
      resolve: ({ issues }) => issues,
    }),
  }),
})

builder.objectType(RateLimited, {
  name: 'RateLimited',
  description: 'That was too often. Nothing happened; trying again later is right.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ retryAfterMs: t.exposeInt('retryAfterMs', { description: 'Milliseconds until another try can succeed.' }) }),
})

builder.objectType(BadCredentials, {
  name: 'BadCredentials',
  description: 'The password, code or link does not open anything. Its code is UNAUTHENTICATED.',
  interfaces: [ErrorInterface],
})

builder.objectType(Forbidden, { name: 'Forbidden', description: 'The viewer may see this, but not do that.', interfaces: [ErrorInterface] })

builder.objectType(NotFound, {
  name: 'NotFound',
  description: 'Does not exist. Also what a thing looks like that the viewer may not see.',
  interfaces: [ErrorInterface],
})

builder.objectType(Conflict, {
  name: 'Conflict',
  description: 'The present state does not allow it; `reason` says what stands in the way.',
  interfaces: [ErrorInterface],
})

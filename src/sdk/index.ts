// parley/sdk: all that a program needs to talk to a Parley server, in browsers and in Node. See docs/sdk.md.

export type { GetToken } from './credentials.ts'
export type * from './documents.ts'
export {
  BadCredentials,
  Conflict,
  ConnectionClosed,
  type Failure,
  Forbidden,
  InvalidInput,
  isFailure,
  NotFound,
  ParleyError,
  RateLimited,
  Refused,
  RequestFailed,
  Unreachable,
  unwrap,
} from './errors.ts'
export type { Inbox, InboxOptions, SendOptions } from './inbox.ts'
export type { KeepAliveOptions } from './live.ts'
export type { Operations } from './operations.ts'
export { createParley, type Parley, type ParleyOptions } from './parley.ts'
export { type Action, reduce } from './reducer.ts'
export type { RetryOptions } from './retry.ts'
export {
  type Channel,
  emptyState,
  type InboxEvent,
  type InboxSnapshot,
  type InboxState,
  type Member,
  type Message,
  type Notification,
  type OwnMembership,
  type PendingMessage,
  type Presence,
  type Reaction,
  type Receipt,
  type Status,
  type Unread,
  type User,
  type Viewer,
} from './state.ts'

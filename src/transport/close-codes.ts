/**
 * Why a socket was closed, for programs; the reason beside it is for people. graphql-ws adds its protocol's own (4400 invalid
 * message, 4401 subscribed before the acknowledgement, 4406 subprotocol, 4408 no connection_init in time, 4409 an id used twice,
 * 4429 connection_init twice), ws adds 1009 (message too large).
 */
export const closeCodes = {
  /** The server is going down or away: connect again, to another node. */
  serviceRestart: 1012,
  /** The server can't reach what it needs to say who is asking: connect again in a moment. */
  tryAgainLater: 1013,
  /** The token was refused, or the session has ended: connecting again needs a new token. */
  forbidden: 4403,
  /** Too many sockets of one person, or too many messages on this one. */
  tooMany: 4029,
  /** More waited to be sent than may: connecting again and resuming is right. */
  tooSlow: 4008,
  /** A bug on the server's side. */
  internalError: 4500,
} as const

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

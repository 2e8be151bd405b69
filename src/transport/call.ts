import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Lane } from './lane.ts'
import type { Device, Viewer } from '../ports/sessions.ts'

/** One operation that arrived, over whatever wire: what is known before anybody has looked at it. */
export type Call = {
  requestId: string
  device: Device
  /** Asked once the document is valid. Throws Unauthenticated where the operation must end here. */
  viewer(): Promise<Viewer | null>
  /** On a WebSocket these do nothing. */
  cookie: { set(token: string, expiresAt: Date): void; clear(): void }
}

/** What the resolvers' context is made of. */
export type Caller = Omit<Call, 'viewer'> & { viewer: Viewer | null }

/** Where a wire and the plugins meet: every operation's context begins as this. */
export type EdgeContext = {
  call: Call
  /** On a socket: where the answers of this subscription are written. */
  lane?: Lane
  /** Known once the document was found valid. */
  viewer?: Viewer | null
  params: { extensions?: Record<string, unknown> | null }
  /** Over HTTP. */
  req?: IncomingMessage
  res?: ServerResponse
}

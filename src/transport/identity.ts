import type { IncomingMessage } from 'node:http'
import { Unauthenticated } from '../kernel/errors.ts'
import type { Sessions, Viewer } from '../ports/sessions.ts'
import type { SessionCookie } from './cookies.ts'
import type { Origins } from './origins.ts'

/** What a caller shows to say who they are. A token that is refused ends the operation; a dead cookie is only a cookie. */
export type Credential = { kind: 'bearer' | 'cookie'; token: string }

type Needs = { sessions: Pick<Sessions, 'validate'>; cookie: SessionCookie; origins: Origins }

/** Who is it: `Authorization: Bearer …` first, else the cookie, from allowed origins only. */
export function createIdentity({ sessions, cookie, origins }: Needs) {
  /** The cookie of a request or of a socket's upgrade. Browsers always say the origin of both. */
  const cookieOf = ({ headers }: IncomingMessage): Credential | null => {
    const token = origins.allows(headers.origin) ? cookie.read(headers.cookie) : null
    return token === null ? null : { kind: 'cookie', token }
  }

  return {
    cookieOf,
    ofRequest: (request: IncomingMessage): Credential | null => bearer(request.headers.authorization) ?? cookieOf(request),

    /** `params` is the payload of connection_init: whatever a client sent. `cookie` came with the upgrade. */
    ofSocket(params: Record<string, unknown> | undefined, cookie: Credential | null): Credential | null {
      const named = Object.entries(params ?? {}).find(([name, value]) => name.toLowerCase() === 'authorization' && value != null)
      return bearer(named?.[1]) ?? cookie
    },

    /** The viewer, or null for a dead cookie. Throws Unauthenticated for a dead token. */
    async viewer({ kind, token }: Credential): Promise<Viewer | null> {
      const viewer = await sessions.validate(token)
      if (!viewer && kind === 'bearer') throw new Unauthenticated('This token is not valid, or its session has ended. Sign in again.')
      return viewer
    },
  }
}

export type Identity = ReturnType<typeof createIdentity>

/** Basic is left to whatever proxy asked for it; any other scheme is a mistake that is better named than overlooked. */
function bearer(header: unknown): Credential | null {
  if (header === undefined) return null
  const [scheme, token, ...more] = typeof header === 'string' ? header.trim().split(/\s+/) : []
  if (scheme?.toLowerCase() === 'basic') return null
  if (scheme?.toLowerCase() === 'bearer' && token && more.length === 0) return { kind: 'bearer', token }
  throw new Unauthenticated('The authorization is not of the form `Bearer <token>`. Send the token that signing in gave you.')
}

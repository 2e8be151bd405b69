import type { Bus } from '../../ports/bus.ts'
import type { Queries } from '../../ports/database.ts'
import type { Device, Sessions, Viewer } from '../../ports/sessions.ts'
import { type SessionsEnded, sessionsEnded } from './accounts.events.ts'

export type SignedIn = { token: string; expiresAt: Date; viewer: Viewer }

export type Entrance = ReturnType<typeof createEntrance>

/** Where everyone comes in, however they proved who they are, and where everyone is shown out. */
export function createEntrance({ sessions, bus }: { sessions: Pick<Sessions, 'create'>; bus: Pick<Bus, 'publish'> }) {
  return {
    /** `within` must hold the account's row, so that whatever ends its sessions comes wholly before or wholly after. */
    async open({ userId, role }: Pick<Viewer, 'userId' | 'role'>, device: Device, within: Queries): Promise<SignedIn> {
      const { token, session } = await sessions.create(userId, device, within)
      return { token, expiresAt: session.expiresAt, viewer: { userId, role, sessionId: session.id } }
    },

    /** Tells every node which sessions have ended. Only once that is committed. */
    async announceEnded(sessionIds: string[]): Promise<void> {
      if (sessionIds.length > 0) await bus.publish(sessionsEnded, { sessionIds } satisfies SessionsEnded)
    },
  }
}

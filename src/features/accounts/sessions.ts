import type { Session } from '../../generated/prisma/client.ts'
import { NotFound } from '../../kernel/errors.ts'
import { keyIn } from '../../kernel/node-id.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Sessions, Viewer } from '../../ports/sessions.ts'
import type { Entrance } from './entrance.ts'
import type { SessionsStore } from './sessions.store.ts'

type Needs = { store: SessionsStore; sessions: Pick<Sessions, 'revoke' | 'revokeAll'>; entrance: Entrance; clock: Clock }

const mostListed = 100

/** Where the viewer is signed in. Nobody sees another's. */
export function createOwnSessions({ store, sessions, entrance, clock }: Needs) {
  const end = async (viewer: Viewer, sessionId: string) => {
    const ended = await sessions.revoke(viewer.userId, sessionId)
    if (ended) await entrance.announceEnded([sessionId])
    return ended
  }

  return {
    /** The last used first; past a hundred only the newest of them, and revokeOthers ends the rest, too. */
    list: (viewer: Viewer): Promise<Session[]> => store.list(viewer.userId, mostListed, clock.now()),

    /** In the order of the ids; null for those that aren't the viewer's. */
    async some(viewer: Viewer, ids: readonly string[]): Promise<(Session | null)[]> {
      const rows = new Map((await store.some(viewer.userId, ids, clock.now())).map((row) => [row.id, row]))
      return ids.map((id) => rows.get(id) ?? null)
    },

    signOut: (viewer: Viewer) => end(viewer, viewer.sessionId),

    /** Ends one; whether it was the one that asks. */
    async revoke(viewer: Viewer, { sessionId }: { sessionId: string }): Promise<{ current: boolean }> {
      const id = keyIn('Session', sessionId)
      if (!id || !(await end(viewer, id))) throw new NotFound('There is no such session. It may have ended already.')
      return { current: id === viewer.sessionId }
    },

    /** How many were ended. */
    async revokeOthers(viewer: Viewer): Promise<number> {
      const ended = await sessions.revokeAll(viewer.userId, { except: viewer.sessionId })
      await entrance.announceEnded(ended)
      return ended.length
    },
  }
}

export type OwnSessions = ReturnType<typeof createOwnSessions>

import {
  mostLapsed,
  type Presence,
  type PresenceChange,
  type PresenceRegister,
  type PresenceStatus,
  type Typist,
} from '../ports/presence.ts'

type Options = {
  /** Leases run by this, whatever somebody does to the clock. */
  elapsed?: () => number
}

/** For one node, or for what one node knows. Those who are here are held in memory, and at most 100,000 who were. */
export function createPresenceMemory({ elapsed = () => performance.now() }: Options = {}): PresenceRegister {
  const mostSeen = 100_000
  /** By person: until when they are here, and when they were active; those in `awake` are ONLINE. */
  const here = new Map<string, number>()
  const seen = new Map<string, number>()
  const awake = new Set<string>()
  const typing = new Map<string, { typist: Typist; until: number; toldAt: number }>()
  let changedAt = 0

  const statusOf = (userId: string): PresenceStatus => (here.has(userId) ? (awake.has(userId) ? 'ONLINE' : 'AWAY') : 'OFFLINE')
  const presenceOf = (userId: string): Presence => {
    const at = seen.get(userId)
    return { status: statusOf(userId), lastActiveAt: at === undefined ? null : new Date(at) }
  }
  const changeOf = (userId: string): PresenceChange => {
    changedAt = Math.max(changedAt + 1, Date.now())
    return { userId, ...presenceOf(userId), at: changedAt }
  }

  function saw(userId: string, at: number): void {
    const newest = Math.max(at, seen.get(userId) ?? 0)
    seen.delete(userId)
    seen.set(userId, newest)
    if (seen.size > mostSeen) seen.delete(seen.keys().next().value!)
  }

  return {
    async report(signs, { leaseMs, idleSince }) {
      return signs.flatMap(({ userId, activeAt, connected }) => {
        const before = statusOf(userId)
        saw(userId, activeAt.getTime())
        if (connected) here.set(userId, Math.max(elapsed() + leaseMs, here.get(userId) ?? 0))
        if (here.has(userId) && seen.get(userId)! > idleSince.getTime()) awake.add(userId)
        return statusOf(userId) === before ? [] : [changeOf(userId)]
      })
    },

    async lapsed({ idleSince, forgottenBefore }) {
      const changed = new Set<string>()
      for (const [userId, until] of here) {
        if (changed.size === mostLapsed) break
        if (until > elapsed()) continue
        here.delete(userId)
        awake.delete(userId)
        changed.add(userId)
      }
      for (const userId of awake) {
        if (changed.size === mostLapsed) break
        if ((seen.get(userId) ?? 0) > idleSince.getTime()) continue
        awake.delete(userId)
        changed.add(userId)
      }
      // Those seen longest ago come first.
      for (const [userId, at] of seen) {
        if (at >= forgottenBefore.getTime()) break
        seen.delete(userId)
      }
      return [...changed].map(changeOf)
    },

    at: async (userIds) => userIds.map(presenceOf),

    typing: {
      async hold(typist, ms, againMs) {
        const now = elapsed()
        const toldAt = typing.get(keyOf(typist))?.toldAt ?? -Infinity
        const isDue = now - toldAt >= againMs
        typing.set(keyOf(typist), { typist, until: now + ms, toldAt: isDue ? now : toldAt })
        return isDue
      },
      drop: async (typist) => typing.delete(keyOf(typist)),
      async lapsed() {
        const over = [...typing.values()].filter(({ until }) => until <= elapsed()).slice(0, mostLapsed)
        for (const { typist } of over) typing.delete(keyOf(typist))
        return over.map(({ typist }) => typist)
      },
    },
  }
}

const keyOf = ({ channelId, userId }: Typist) => `${channelId}:${userId}`

import DataLoader from 'dataloader'
import { NotFound } from '../../kernel/errors.ts'
import { parseArgs, placesIn } from '../../kernel/input.ts'
import type { Presence, PresenceRegister } from '../../ports/presence.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { watchArgs } from './presence.input.ts'
import type { Pair, PresenceStore, Seat } from './presence.store.ts'

type Needs = { store: Pick<PresenceStore, 'seated' | 'share'>; register: Pick<PresenceRegister, 'at'> }

/**
 * How someone looks to whoever shares no channel with them: as if they were never here. It is not an error, because lists of people
 * ask for everyone's presence; and it doesn't tell a person who is away from one who is a stranger.
 */
export const neverHere: Presence = { status: 'OFFLINE', lastActiveAt: null }

/** How people are, to those who share a channel with them. */
export function createPresence({ store, register }: Needs) {
  /** All who are asked about at one moment cost one statement. */
  const shares = new DataLoader((pairs: readonly Pair[]) => store.share(pairs), { cache: false, maxBatchSize: 1_000 })

  async function seen(asked: readonly { userId: string }[], visible: readonly boolean[]): Promise<Presence[]> {
    const found = await register.at(asked.flatMap(({ userId }, place) => (visible[place] ? [userId] : [])))
    let next = 0
    return visible.map((isVisible) => (isVisible ? found[next++]! : neverHere))
  }

  return {
    /** In their order; oneself at no cost. */
    async of(viewer: Viewer, userIds: readonly string[]): Promise<Presence[]> {
      const asked = userIds.map((userId) => ({ viewerId: viewer.userId, userId }))
      const others = asked.filter(({ userId }) => userId !== viewer.userId)
      const shared = new Set(others.length === 0 ? [] : await sharing(store.share, others))
      return seen(
        asked,
        asked.map(({ userId }) => userId === viewer.userId || shared.has(userId)),
      )
    },

    /** The same for whoever is in the channel. */
    among: async (seats: readonly Seat[]): Promise<Presence[]> => seen(seats, await store.seated(seats)),

    /** Whom the viewer wants to watch, each once. */
    async watch(viewer: Viewer, args: { userIds: readonly string[] }): Promise<string[]> {
      const asked = parseArgs(watchArgs, args).userIds
      const userIds = [...new Set(asked)]
      const others = userIds.filter((userId) => userId !== viewer.userId).map((userId) => ({ viewerId: viewer.userId, userId }))
      const shared = new Set(others.length === 0 ? [] : await sharing(store.share, others))
      const unknown = placesIn('userIds', asked, (userId) => userId !== viewer.userId && !shared.has(userId))
      if (unknown) throw new NotFound(`${unknown}: There is no such person, or you share no channel with them.`)
      return userIds
    },

    /** Whether the viewer may still see how they are. */
    mayWatch: async (viewer: Viewer, userId: string): Promise<boolean> =>
      userId === viewer.userId || shares.load({ viewerId: viewer.userId, userId }),

    now: (userIds: readonly string[]): Promise<Presence[]> => register.at(userIds),
  }
}

const sharing = async (share: PresenceStore['share'], pairs: readonly Pair[]): Promise<string[]> => {
  const shared = await share(pairs)
  return pairs.flatMap(({ userId }, place) => (shared[place] ? [userId] : []))
}

export type PresenceRoom = ReturnType<typeof createPresence>

import type { Message, User } from '../../generated/prisma/client.ts'
import { type Connection, connectionOf } from '../../kernel/page.ts'
import { historyFrom, type Standing } from '../../kernel/standing.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { type MessagesArgs, messagesPageOf, windowOf } from './messages.page.ts'
import type { MessagesStore } from './messages.store.ts'
import { type Place, placeKey } from './place.ts'
import type { ReactionCount, ReactionsStore } from './reactions.store.ts'

const cursorOf = ({ seq }: Message) => [seq]

/** What was said, and what hangs on it, for whoever may see it. */
export function createHistory({ store, reactions }: { store: MessagesStore; reactions: ReactionsStore }) {
  /** In the order of the places, those that are visible. */
  async function rowsAt(places: readonly Place[], visible: (place: Place) => boolean): Promise<(Message | null)[]> {
    const rows = new Map((await store.at(places.filter(visible))).map((row) => [placeKey(row), row]))
    return places.map((place) => rows.get(placeKey(place)) ?? null)
  }

  return {
    /** Of a channel the viewer may see, in the order of seq. */
    async page(standing: Standing, args: MessagesArgs): Promise<Connection<Message>> {
      const { channel } = standing
      const from = historyFrom(standing)
      const { around, ...page } = messagesPageOf(args)
      if (around === null) return connectionOf(page, await store.page(channel.id, { from, ...page }), cursorOf)
      const { start, take } = windowOf(around, page.take, from)
      const rows = take > 0 ? await store.page(channel.id, { ...page, from: start, take }) : []
      const { edges, pageInfo } = connectionOf({ ...page, take }, rows, cursorOf)
      // Numbers have no holes: what lies before is known without looking, and what lies behind nothing.
      const hasPreviousPage = Math.min(start - 1, channel.lastSeq) >= from
      return { edges, pageInfo: { ...pageInfo, hasPreviousPage, hasNextPage: take > 0 ? pageInfo.hasNextPage : start <= channel.lastSeq } }
    },

    /** In the order of the places; null for what the viewer may not see. */
    at: (standings: ReadonlyMap<string, Standing | null>, places: readonly Place[]): Promise<(Message | null)[]> =>
      rowsAt(places, ({ channelId, seq }) => {
        const standing = standings.get(channelId)
        return standing != null && seq >= historyFrom(standing)
      }),

    /** The same for many readers, all of whom may see what is at `from` or behind it. */
    atFrom: (from: number, places: readonly Place[]): Promise<(Message | null)[]> => rowsAt(places, ({ seq }) => seq >= from),

    /** For each place the people it names. */
    async mentions(places: readonly Place[]): Promise<User[][]> {
      const found = Map.groupBy(await store.mentions(places), placeKey)
      return places.map((place) => (found.get(placeKey(place)) ?? []).map(({ user }) => user))
    },

    async reactions(places: readonly Place[], viewer: Viewer | null): Promise<ReactionCount[][]> {
      const found = Map.groupBy(await reactions.of(places, viewer?.userId ?? null), placeKey)
      return places.map((place) => found.get(placeKey(place)) ?? [])
    },
  }
}

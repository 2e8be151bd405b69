import type { MemberRole, Membership } from '../../generated/prisma/client.ts'
import { checkAll, parseArgs } from '../../kernel/input.ts'
import { type Connection, connectionOf, type Page, type PageArgs, pageOf } from '../../kernel/page.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { searchArgs } from './channels.input.ts'
import type { ChannelsStore } from './channels.store.ts'
import type { MemberFilter, MembersStore, Seat } from './members.store.ts'
import { type Moment, momentIn, partsOf } from '../../kernel/moment.ts'

type Needs = { store: Pick<MembersStore, 'at' | 'counts' | 'pages'>; channels: Pick<ChannelsStore, 'standings'> }

export type RosterArgs = PageArgs & { roles?: readonly MemberRole[] | null; search?: string | null }
/** Arguments that were found to be right. */
export type Asked = { filter: MemberFilter; page: Page<Moment> }

/** Who is in which channel. */
export function createRoster({ store, channels }: Needs) {
  return {
    /** What is asked for, or all that is wrong with it. */
    asked(args: RosterArgs): Asked {
      const [{ search }, page] = checkAll(
        () => parseArgs(searchArgs, args),
        () => pageOf(args, momentIn),
      )
      return { filter: { roles: args.roles ?? null, search }, page }
    },

    /** The same page of several channels, which their viewers may see, in the order of joining. */
    async pages(channelIds: readonly string[], { filter, page }: Asked): Promise<Connection<Membership>[]> {
      const found = await store.pages(channelIds, filter, page)
      return channelIds.map((id) =>
        connectionOf(page, found.get(id) ?? [], ({ joinedAt, userId }) => partsOf({ at: joinedAt, id: userId })),
      )
    },

    /** How many there are on all pages together. */
    async counts(channelIds: readonly string[], { filter }: Asked): Promise<number[]> {
      const found = await store.counts(channelIds, filter)
      return channelIds.map((id) => found.get(id) ?? 0)
    },

    /** In the order of the seats; null where nobody sits, or where the viewer may not look. */
    async at(viewer: Viewer, seats: readonly Seat[]): Promise<(Membership | null)[]> {
      const seen = await channels.standings(viewer.userId, [...new Set(seats.map(({ channelId }) => channelId))])
      const visible = new Set(seen.flatMap((standing) => (standing ? [standing.channel.id] : [])))
      const rows = await store.at(seats.filter(({ channelId }) => visible.has(channelId)))
      const rowOf = new Map(rows.map((row) => [`${row.channelId}:${row.userId}`, row]))
      return seats.map(({ channelId, userId }) => rowOf.get(`${channelId}:${userId}`) ?? null)
    },
  }
}

export type Roster = ReturnType<typeof createRoster>

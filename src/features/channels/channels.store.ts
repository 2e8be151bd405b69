import { type Channel, type ChannelKind, Prisma } from '../../generated/prisma/client.ts'
import { literally } from '../../kernel/like.ts'
import type { Page } from '../../kernel/page.ts'
import type { Database, Queries } from '../../ports/database.ts'
import type { Moment } from '../../kernel/moment.ts'
import type { Standing } from '../../kernel/standing.ts'

export type ListFilter = { kinds: readonly ChannelKind[] | null; unreadOnly: boolean; archived: boolean }
/** By name as the database compares it, without regard to case; ids tell those of one name apart. */
export type Named = { name: string; id: string }
/** Where it stands in the list, and how someone stands to it; null where that has ended meanwhile. */
export type Listed<Place> = { place: Place; standing: Standing | null }

const living = { deletedAt: null }
const present = { leftAt: null }

export function createChannelsStore({ prisma }: Pick<Database, 'prisma'>) {
  /** In the order of the ids: what this person may see, a PUBLIC channel or one they are in. */
  async function standings(userId: string, ids: readonly string[], within: Queries = prisma): Promise<(Standing | null)[]> {
    const [channels, memberships] = await Promise.all([
      within.channel.findMany({ where: { id: { in: [...ids] }, ...living } }),
      within.membership.findMany({ where: { channelId: { in: [...ids] }, userId, ...present } }),
    ])
    const channelOf = new Map(channels.map((channel) => [channel.id, channel]))
    const membershipOf = new Map(memberships.map((membership) => [membership.channelId, membership]))
    return ids.map((id) => {
      const channel = channelOf.get(id)
      const membership = membershipOf.get(id) ?? null
      return channel && (membership || channel.kind === 'PUBLIC') ? { channel, membership } : null
    })
  }

  async function listed<Place extends { id: string }>(userId: string, places: readonly Place[]): Promise<Listed<Place>[]> {
    const found = await standings(
      userId,
      places.map(({ id }) => id),
    )
    return places.map((place, at) => ({ place, standing: found[at]! }))
  }

  async function holdAll(userId: string, ids: readonly string[], within: Queries): Promise<(Standing | null)[]> {
    await within.$queryRaw`SELECT FROM channels WHERE id = ANY (${[...ids]}::uuid[]) ORDER BY id FOR UPDATE`
    return standings(userId, ids, within)
  }

  return {
    transaction: <Result>(work: (within: Queries) => Promise<Result>) => prisma.$transaction(work),

    standings,

    /** As whoever is before them: without a membership. */
    async rows(ids: readonly string[]): Promise<(Standing | null)[]> {
      const rows = new Map((await prisma.channel.findMany({ where: { id: { in: [...ids] }, ...living } })).map((row) => [row.id, row]))
      return ids.map((id) => {
        const channel = rows.get(id)
        return channel ? { channel, membership: null } : null
      })
    },

    /**
     * The same, and until the transaction ends nobody else changes these channels, who is in them, or their messages. In the order
     * in which everyone locks them, after the people concerned (`keep` in members.store.ts).
     */
    holdAll,
    hold: async (userId: string, id: string, within: Queries): Promise<Standing | null> => (await holdAll(userId, [id], within))[0] ?? null,

    /** Those this person is in. */
    async listOf(userId: string, { kinds, unreadOnly, archived }: ListFilter, page: Page<Moment>): Promise<Listed<Moment>[]> {
      const { after, before, backward, take } = page
      const places = await prisma.$queryRaw<Moment[]>`
        SELECT c.id, c.last_active_at AS at FROM memberships m JOIN channels c ON c.id = m.channel_id
        WHERE m.user_id = ${userId}::uuid AND m.left_at IS NULL AND c.deleted_at IS NULL
          AND (c.archived_at IS NOT NULL) = ${archived}
          ${kinds ? Prisma.sql`AND c.kind::text = ANY (${[...kinds]})` : Prisma.empty}
          ${unreadOnly ? Prisma.sql`AND EXISTS (SELECT FROM unread_in(c.id, m.user_id) u WHERE u.messages > 0)` : Prisma.empty}
          ${after ? Prisma.sql`AND (c.last_active_at, c.id) < (${after.at}, ${after.id}::uuid)` : Prisma.empty}
          ${before ? Prisma.sql`AND (c.last_active_at, c.id) > (${before.at}, ${before.id}::uuid)` : Prisma.empty}
        ORDER BY ${backward ? Prisma.sql`c.last_active_at, c.id` : Prisma.sql`c.last_active_at DESC, c.id DESC`}
        LIMIT ${take + 1}`
      return listed(userId, places)
    },

    /**
     * The PUBLIC ones, by name. Those that are searched for are found first and then sorted (`OFFSET 0` keeps it so): in the order of
     * names PostgreSQL would go through all that come before.
     */
    async listPublic(userId: string, search: string, { after, before, backward, take }: Page<Named>): Promise<Listed<Named>[]> {
      const typed = literally(search)
      const matching = Prisma.sql`AND (name ILIKE ${`${typed}%`} OR name ILIKE ${`% ${typed}%`}) OFFSET 0`
      const places = await prisma.$queryRaw<Named[]>`
        SELECT id, lower(name) AS name FROM (
          SELECT id, name FROM channels WHERE kind = 'PUBLIC' AND deleted_at IS NULL AND archived_at IS NULL ${search ? matching : Prisma.empty}
        ) AS c
        WHERE true
          ${after ? Prisma.sql`AND (lower(name), id) > (${after.name}, ${after.id}::uuid)` : Prisma.empty}
          ${before ? Prisma.sql`AND (lower(name), id) < (${before.name}, ${before.id}::uuid)` : Prisma.empty}
        ORDER BY ${backward ? Prisma.sql`lower(name) DESC, id DESC` : Prisma.sql`lower(name), id`}
        LIMIT ${take + 1}`
      return listed(userId, places)
    },

    /** The direct channel of two people, or of one with themselves; made where there is none. One wins where several try. */
    async direct(id: string, people: readonly [string, string], within: Queries): Promise<{ id: string; created: boolean }> {
      const [low, high] = people.toSorted() as [string, string]
      const made = await within.$queryRaw<{ id: string }[]>`
        INSERT INTO channels (id, kind, direct_low, direct_high) VALUES (${id}::uuid, 'DIRECT', ${low}::uuid, ${high}::uuid)
        ON CONFLICT (direct_low, direct_high) DO NOTHING RETURNING id`
      if (made.length > 0) return { id, created: true }
      const there = await within.channel.findUniqueOrThrow({
        where: { directLow_directHigh: { directLow: low, directHigh: high } },
        select: { id: true },
      })
      return { id: there.id, created: false }
    },

    create: (channel: { id: string; kind: ChannelKind; name: string; topic: string | null }, within: Queries) =>
      within.channel.create({ data: channel }),

    update: (id: string, data: { name?: string; topic?: string | null; archivedAt?: Date | null; deletedAt?: Date }, within: Queries) =>
      within.channel.update({ where: { id }, data }),

    /** Those of these channels that nobody is in any more, where they aren't archived yet. */
    archiveEmpty: (ids: readonly string[], archivedAt: Date, within: Queries): Promise<Channel[]> =>
      within.channel.updateManyAndReturn({
        where: { id: { in: [...ids] }, kind: { not: 'DIRECT' }, memberCount: 0, archivedAt: null, ...living },
        data: { archivedAt },
      }),
  }
}

export type ChannelsStore = ReturnType<typeof createChannelsStore>

import { type ChannelKind, type MemberRole, type Membership, Prisma, type User } from '../../generated/prisma/client.ts'
import type { Page } from '../../kernel/page.ts'
import type { Database, Queries } from '../../ports/database.ts'

/** In the order of joining; ids tell those of one millisecond apart. */
export type Joined = { at: Date; userId: string }
export type MemberFilter = { roles: readonly MemberRole[] | null; search: string }

const present = { leftAt: null }
const presetLevels = { DIRECT: 'ALL', GROUP: 'ALL', PUBLIC: 'MENTIONS' } as const

export function createMembersStore({ prisma }: Pick<Database, 'prisma'>) {
  const matching = ({ roles, search }: MemberFilter): Prisma.Sql => {
    const typed = search.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)
    const names = Prisma.sql`AND EXISTS (SELECT FROM users u WHERE u.id = m.user_id AND u.deleted_at IS NULL
      AND (u.handle LIKE ${`${typed}%`} OR u.display_name ILIKE ${`${typed}%`} OR u.display_name ILIKE ${`% ${typed}%`}))`
    return Prisma.sql`m.left_at IS NULL ${roles ? Prisma.sql`AND m.role::text = ANY (${[...roles]})` : Prisma.empty} ${search ? names : Prisma.empty}`
  }

  return {
    /** The same page of several channels, each by itself. */
    async pages(
      channelIds: readonly string[],
      filter: MemberFilter,
      { after, before, backward, take }: Page<Joined>,
    ): Promise<Map<string, Membership[]>> {
      const places = await prisma.$queryRaw<{ channelId: string; userId: string }[]>`
        SELECT member.channel_id AS "channelId", member.user_id AS "userId" FROM unnest(${[...channelIds]}::uuid[]) AS wanted(id)
        CROSS JOIN LATERAL (
          SELECT m.channel_id, m.user_id FROM memberships m
          WHERE m.channel_id = wanted.id AND ${matching(filter)}
            ${after ? Prisma.sql`AND (m.joined_at, m.user_id) > (${after.at}, ${after.userId}::uuid)` : Prisma.empty}
            ${before ? Prisma.sql`AND (m.joined_at, m.user_id) < (${before.at}, ${before.userId}::uuid)` : Prisma.empty}
          ORDER BY ${backward ? Prisma.sql`m.joined_at DESC, m.user_id DESC` : Prisma.sql`m.joined_at, m.user_id`}
          LIMIT ${take + 1}
        ) AS member`
      const rows = new Map(
        (await prisma.membership.findMany({ where: { OR: places.map(({ channelId, userId }) => ({ channelId, userId })) } })).map((row) => [
          `${row.channelId}:${row.userId}`,
          row,
        ]),
      )
      const pages = new Map(channelIds.map((id) => [id, [] as Membership[]]))
      for (const { channelId, userId } of places) {
        const row = rows.get(`${channelId}:${userId}`)
        if (row) pages.get(channelId)!.push(row)
      }
      return pages
    },

    async count(channelId: string, filter: MemberFilter): Promise<number> {
      const [row] = await prisma.$queryRaw<{ n: number }[]>`
        SELECT count(*)::integer AS n FROM memberships m WHERE m.channel_id = ${channelId}::uuid AND ${matching(filter)}`
      return row!.n
    },

    /** Those of these places that somebody is at. */
    at: (places: readonly { channelId: string; userId: string }[], within: Queries = prisma) =>
      within.membership.findMany({ where: { OR: places.map(({ channelId, userId }) => ({ channelId, userId })), ...present } }),

    find: (channelId: string, userId: string, within: Queries) => within.membership.findFirst({ where: { channelId, userId, ...present } }),

    living: (ids: readonly string[], within: Queries): Promise<User[]> =>
      within.user.findMany({ where: { id: { in: [...ids] }, deletedAt: null } }),

    owners: (channelId: string, within: Queries) => within.membership.count({ where: { channelId, role: 'OWNER', ...present } }),

    /**
     * Seats people, newly or again, with their marks at `lastSeq`. Whoever is there already stays as they are, and isn't among the
     * answer.
     */
    async seat(
      { id, kind }: { id: string; kind: ChannelKind },
      people: readonly { userId: string; role: MemberRole }[],
      { lastSeq, historyFrom, at }: { lastSeq: number; historyFrom: number; at: Date },
      within: Queries,
    ): Promise<Membership[]> {
      const rows = await within.$queryRaw<{ userId: string }[]>`
        INSERT INTO memberships (channel_id, user_id, role, joined_at, history_from, notification_level)
        SELECT ${id}::uuid, p.user_id, p.role::"MemberRole", ${at}, ${historyFrom}, ${presetLevels[kind]}::"NotificationLevel"
        FROM unnest(${people.map(({ userId }) => userId)}::uuid[], ${people.map(({ role }) => role)}::text[]) AS p(user_id, role)
        ON CONFLICT (channel_id, user_id) DO UPDATE
          SET role = EXCLUDED.role, joined_at = EXCLUDED.joined_at, left_at = NULL, history_from = EXCLUDED.history_from,
              notification_level = EXCLUDED.notification_level, muted_until = NULL, unread_from = NULL
          WHERE memberships.left_at IS NOT NULL
        RETURNING user_id AS "userId"`
      const seated = rows.map(({ userId }) => userId)
      await within.$executeRaw`
        INSERT INTO receipts (channel_id, user_id, delivered_seq, read_seq) SELECT ${id}::uuid, p.user_id, ${lastSeq}, ${lastSeq} FROM unnest(${seated}::uuid[]) AS p(user_id)
        ON CONFLICT (channel_id, user_id) DO UPDATE SET delivered_seq = EXCLUDED.delivered_seq, read_seq = EXCLUDED.read_seq
        WHERE receipts.read_seq < EXCLUDED.read_seq`
      return within.membership.findMany({
        where: { channelId: id, userId: { in: seated } },
        orderBy: [{ joinedAt: 'asc' }, { userId: 'asc' }],
      })
    },

    leave: (channelId: string, userId: string, leftAt: Date, within: Queries) =>
      within.membership.update({ where: { channelId_userId: { channelId, userId } }, data: { leftAt } }),

    setRole: (channelId: string, userId: string, role: MemberRole, within: Queries) =>
      within.membership.update({ where: { channelId_userId: { channelId, userId } }, data: { role } }),

    /** Null where they have left. */
    async choose(
      channelId: string,
      userId: string,
      choice: { notificationLevel?: Membership['notificationLevel']; mutedUntil?: Date | null },
    ): Promise<Membership | null> {
      const [row] = await prisma.membership.updateManyAndReturn({ where: { channelId, userId, ...present }, data: choice })
      return row ?? null
    },

    /** Who would take over a channel from an owner: the longest-standing moderator, else member. */
    heir: (channelId: string, userId: string, within: Queries) =>
      within.membership.findFirst({
        where: { channelId, userId: { not: userId }, ...present, user: { deletedAt: null } },
        orderBy: [{ role: 'asc' }, { joinedAt: 'asc' }, { userId: 'asc' }],
      }),

    /** All that someone is in. */
    async seatsOf(userId: string, within: Queries): Promise<Membership[]> {
      return within.membership.findMany({
        where: { userId, ...present, channel: { deletedAt: null } },
        orderBy: { channelId: 'asc' },
      })
    },
  }
}

export type MembersStore = ReturnType<typeof createMembersStore>

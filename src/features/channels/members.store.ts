import { type ChannelKind, type MemberRole, type Membership, Prisma } from '../../generated/prisma/client.ts'
import { literally } from '../../kernel/like.ts'
import type { Page } from '../../kernel/page.ts'
import type { Database, Queries } from '../../ports/database.ts'
import type { Moment } from '../../kernel/moment.ts'

export type Seat = { channelId: string; userId: string }
export type MemberFilter = { roles: readonly MemberRole[] | null; search: string }
export type Known = { id: string; displayName: string }

const present = { leftAt: null }
const presetLevels = { DIRECT: 'ALL', GROUP: 'ALL', PUBLIC: 'MENTIONS' } as const

const columns = Prisma.sql`m.channel_id AS "channelId", m.user_id AS "userId", m.version, m.role, m.joined_at AS "joinedAt", m.left_at AS "leftAt",
  m.history_from AS "historyFrom", m.notification_level AS "notificationLevel", m.muted_until AS "mutedUntil", m.unread_from AS "unreadFrom"`

function matching({ roles, search }: MemberFilter): Prisma.Sql {
  const typed = literally(search)
  const named = Prisma.sql`AND EXISTS (SELECT FROM users u WHERE u.id = m.user_id AND u.deleted_at IS NULL
    AND (u.handle LIKE ${`${typed.toLowerCase()}%`} OR u.display_name ILIKE ${`${typed}%`} OR u.display_name ILIKE ${`% ${typed}%`}))`
  // Said by itself, because the index of those who lead says it.
  const leading = roles && !roles.includes('MEMBER') ? Prisma.sql`AND m.role <> 'MEMBER'` : Prisma.empty
  const as = roles ? Prisma.sql`AND m.role::text = ANY (${[...roles]})` : Prisma.empty
  return Prisma.sql`m.left_at IS NULL ${leading} ${as} ${search ? named : Prisma.empty}`
}

const places = (seats: readonly Seat[]) =>
  Prisma.sql`unnest(${seats.map(({ channelId }) => channelId)}::uuid[], ${seats.map(({ userId }) => userId)}::uuid[]) AS place(channel_id, user_id)`

export function createMembersStore({ prisma }: Pick<Database, 'prisma'>) {
  return {
    /** The same page of several channels, each by itself, in the order of joining. */
    async pages(channelIds: readonly string[], filter: MemberFilter, { after, before, backward, take }: Page<Moment>) {
      const order = backward ? Prisma.sql`m.joined_at DESC, m.user_id DESC` : Prisma.sql`m.joined_at, m.user_id`
      const rows = await prisma.$queryRaw<Membership[]>`
        SELECT ${columns} FROM unnest(${[...channelIds]}::uuid[]) AS wanted(id)
        CROSS JOIN LATERAL (
          SELECT * FROM memberships m
          WHERE m.channel_id = wanted.id AND ${matching(filter)}
            ${after ? Prisma.sql`AND (m.joined_at, m.user_id) > (${after.at}, ${after.id}::uuid)` : Prisma.empty}
            ${before ? Prisma.sql`AND (m.joined_at, m.user_id) < (${before.at}, ${before.id}::uuid)` : Prisma.empty}
          ORDER BY ${order} LIMIT ${take + 1}
        ) AS m
        ORDER BY ${order}`
      return Map.groupBy(rows, ({ channelId }) => channelId)
    },

    async counts(channelIds: readonly string[], filter: MemberFilter): Promise<Map<string, number>> {
      const rows = await prisma.$queryRaw<{ channelId: string; n: number }[]>`
        SELECT m.channel_id AS "channelId", count(*)::integer AS n FROM memberships m
        WHERE m.channel_id = ANY (${[...channelIds]}::uuid[]) AND ${matching(filter)} GROUP BY m.channel_id`
      return new Map(rows.map(({ channelId, n }) => [channelId, n]))
    },

    /** Those of these seats that somebody sits in. */
    at: (seats: readonly Seat[], within: Queries = prisma): Promise<Membership[]> =>
      within.$queryRaw<Membership[]>`
        SELECT ${columns} FROM ${places(seats)} JOIN memberships m USING (channel_id, user_id) WHERE m.left_at IS NULL`,

    find: (channelId: string, userId: string, within: Queries) => within.membership.findFirst({ where: { channelId, userId, ...present } }),

    /**
     * Those of these people who exist, and none of their accounts goes until the transaction ends: so nobody is seated who isn't there
     * any more. Whoever takes a channel as well takes it after this.
     */
    async keep(ids: readonly string[], within: Queries): Promise<Known[]> {
      const people = await within.$queryRaw<Known[]>`
        SELECT id, display_name AS "displayName" FROM users WHERE id = ANY (${[...ids]}::uuid[]) AND deleted_at IS NULL ORDER BY id FOR SHARE`
      const known = new Map(people.map((person) => [person.id, person]))
      return [...new Set(ids)].flatMap((id) => known.get(id) ?? [])
    },

    /** Waits for those who keep this person, and lets nobody keep them any more. */
    async letGo(id: string, within: Queries): Promise<void> {
      await within.$queryRaw`SELECT FROM users WHERE id = ${id}::uuid FOR NO KEY UPDATE`
    },

    async owners(channelId: string, within: Queries): Promise<number> {
      const [row] = await within.$queryRaw<{ n: number }[]>`
        SELECT count(*)::integer AS n FROM memberships WHERE channel_id = ${channelId}::uuid AND left_at IS NULL AND role = 'OWNER'`
      return row!.n
    },

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
      const seated = await within.$queryRaw<Membership[]>`
        INSERT INTO memberships AS m (channel_id, user_id, role, joined_at, history_from, notification_level)
        SELECT ${id}::uuid, p.user_id, p.role::"MemberRole", ${at}, ${historyFrom}, ${presetLevels[kind]}::"NotificationLevel"
        FROM unnest(${people.map(({ userId }) => userId)}::uuid[], ${people.map(({ role }) => role)}::text[]) AS p(user_id, role)
        ON CONFLICT (channel_id, user_id) DO UPDATE
          SET role = EXCLUDED.role, joined_at = EXCLUDED.joined_at, left_at = NULL, history_from = EXCLUDED.history_from,
              notification_level = EXCLUDED.notification_level, muted_until = NULL, unread_from = NULL
          WHERE m.left_at IS NOT NULL
        RETURNING ${columns}`
      await within.$executeRaw`
        INSERT INTO receipts (channel_id, user_id, delivered_seq, read_seq)
        SELECT ${id}::uuid, p.user_id, ${lastSeq}, ${lastSeq} FROM unnest(${seated.map(({ userId }) => userId)}::uuid[]) AS p(user_id)
        ON CONFLICT (channel_id, user_id) DO UPDATE
          SET delivered_seq = EXCLUDED.delivered_seq, delivered_at = ${at}, read_seq = EXCLUDED.read_seq, read_at = ${at}
          WHERE receipts.read_seq < EXCLUDED.read_seq`
      return seated
    },

    async leave(channelId: string, userId: string, leftAt: Date, within: Queries): Promise<Membership> {
      return within.membership.update({ where: { channelId_userId: { channelId, userId } }, data: { leftAt } })
    },

    setRole: (channelId: string, userId: string, role: MemberRole, within: Queries) =>
      within.membership.update({ where: { channelId_userId: { channelId, userId } }, data: { role } }),

    /** Null where they have left. */
    async choose(
      { channelId, userId }: Seat,
      choice: { notificationLevel?: Membership['notificationLevel']; mutedUntil?: Date | null },
    ): Promise<Membership | null> {
      const [row] = await prisma.membership.updateManyAndReturn({ where: { channelId, userId, ...present }, data: choice })
      return row ?? null
    },

    /** All that someone sits in. */
    seatsOf: (userId: string, within: Queries): Promise<Membership[]> =>
      within.membership.findMany({ where: { userId, ...present }, orderBy: { channelId: 'asc' } }),

    /** Who follows someone as an owner, in each of these channels where nobody else is one: the longest-standing moderator, else member. */
    heirs: (userId: string, channelIds: readonly string[], within: Queries): Promise<(Seat & Known)[]> =>
      within.$queryRaw<(Seat & Known)[]>`
        SELECT heir.channel_id AS "channelId", heir.user_id AS "userId", u.id, u.display_name AS "displayName"
        FROM unnest(${[...channelIds]}::uuid[]) AS owned(id)
        CROSS JOIN LATERAL (
          (SELECT m.* FROM memberships m WHERE m.channel_id = owned.id AND m.left_at IS NULL AND m.role <> 'MEMBER' AND m.user_id <> ${userId}::uuid
           ORDER BY m.role, m.joined_at, m.user_id LIMIT 1)
          UNION ALL
          (SELECT m.* FROM memberships m WHERE m.channel_id = owned.id AND m.left_at IS NULL AND m.role = 'MEMBER'
           ORDER BY m.joined_at, m.user_id LIMIT 1)
          ORDER BY role, joined_at, user_id LIMIT 1
        ) AS heir
        JOIN users u ON u.id = heir.user_id
        WHERE heir.role <> 'OWNER'`,

    promote: (seats: readonly Seat[], within: Queries): Promise<Membership[]> =>
      within.$queryRaw<Membership[]>`
        UPDATE memberships m SET role = 'OWNER' FROM ${places(seats)}
        WHERE m.channel_id = place.channel_id AND m.user_id = place.user_id RETURNING ${columns}`,

    /** Out of everything, deleted channels included. */
    leaveAll: (userId: string, leftAt: Date, within: Queries): Promise<Membership[]> =>
      within.membership.updateManyAndReturn({ where: { userId, ...present }, data: { leftAt } }),
  }
}

export type MembersStore = ReturnType<typeof createMembersStore>

import { type Notification, Prisma } from '../../generated/prisma/client.ts'
import type { Page } from '../../kernel/page.ts'
import type { Database, Queries } from '../../ports/database.ts'
import type { Moment } from '../../kernel/moment.ts'

export const columns = Prisma.sql`n.id, n.version, n.user_id AS "userId", n.kind, n.channel_id AS "channelId", n.seq, n.actor_id AS "actorId",
  n.created_at AS "createdAt", n.read_at AS "readAt"`

const unread = { readAt: null }

/** What lists show to the person they belong to. */
export function createNotificationsStore({ prisma }: Pick<Database, 'prisma'>) {
  return {
    /** The newest first. */
    page(userId: string, unreadOnly: boolean, { after, before, backward, take }: Page<Moment>): Promise<Notification[]> {
      return prisma.$queryRaw<Notification[]>`
        SELECT ${columns} FROM notifications n
        WHERE n.user_id = ${userId}::uuid ${unreadOnly ? Prisma.sql`AND n.read_at IS NULL` : Prisma.empty}
          ${after ? Prisma.sql`AND (n.created_at, n.id) < (${after.at}, ${after.id}::uuid)` : Prisma.empty}
          ${before ? Prisma.sql`AND (n.created_at, n.id) > (${before.at}, ${before.id}::uuid)` : Prisma.empty}
        ORDER BY ${backward ? Prisma.sql`n.created_at, n.id` : Prisma.sql`n.created_at DESC, n.id DESC`} LIMIT ${take + 1}`
    },

    count: (userId: string, unreadOnly: boolean): Promise<number> =>
      prisma.notification.count({ where: { userId, ...(unreadOnly && unread) } }),

    /** Those of these that are this person's. */
    at: (userId: string, ids: readonly string[]): Promise<Notification[]> =>
      prisma.notification.findMany({ where: { userId, id: { in: [...ids] } } }),

    /** Those that weren't read yet, of these or of all. Locked in the order of their ids, as everyone does who takes several. */
    read: (userId: string, ids: readonly string[] | null, readAt: Date): Promise<Notification[]> =>
      prisma.$queryRaw<Notification[]>`
        UPDATE notifications n SET read_at = ${readAt}
        FROM (
          SELECT u.id FROM notifications u
          WHERE u.user_id = ${userId}::uuid AND u.read_at IS NULL ${ids ? Prisma.sql`AND u.id = ANY (${[...ids]}::uuid[])` : Prisma.empty}
          ORDER BY u.id FOR NO KEY UPDATE
        ) AS unread
        WHERE n.id = unread.id RETURNING ${columns}`,

    /**
     * Some of those that are of before then, read or not; how many. Ids begin with the time at which they were made, so the oldest are
     * first in their index; only one of a direct conversation may have moved on.
     */
    purge: (before: Date, most: number): Promise<number> =>
      prisma.$executeRaw`
        DELETE FROM notifications WHERE id IN (
          SELECT n.id FROM notifications n WHERE n.id < ${firstIdOf(before)}::uuid AND n.created_at < ${before} ORDER BY n.id LIMIT ${most}
          FOR UPDATE SKIP LOCKED
        )`,

    /** That these people were added to a channel; whoever has no account is told nothing. */
    added: (
      people: readonly { id: string; userId: string }[],
      { channelId, actorId, at }: { channelId: string; actorId: string; at: Date },
      within: Queries,
    ): Promise<Notification[]> =>
      within.$queryRaw<Notification[]>`
        INSERT INTO notifications AS n (id, user_id, kind, channel_id, actor_id, created_at)
        SELECT p.id, p.user_id, 'ADDED_TO_CHANNEL', ${channelId}::uuid, ${actorId}::uuid, ${at}
        FROM unnest(${people.map(({ id }) => id)}::uuid[], ${people.map(({ userId }) => userId)}::uuid[]) AS p(id, user_id)
        JOIN accounts a USING (user_id) RETURNING ${columns}`,
  }
}

/** No id that was made then, or later, is less. */
const firstIdOf = (time: Date): string => {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

export type NotificationsStore = ReturnType<typeof createNotificationsStore>

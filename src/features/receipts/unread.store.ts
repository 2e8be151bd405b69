import type { Database } from '../../ports/database.ts'

export type Unread = {
  messages: number
  mentions: number
  firstUnreadSeq: number | null
  /** What was counted: the messages behind the one, up to the other. */
  afterSeq: number
  upToSeq: number
}
export type UnreadTotals = { channels: number; messages: number; mentions: number }

/** What counts is said once, in the function `unread_in` of the database. One statement sees one moment. */
export function createUnreadStore({ pool }: Pick<Database, 'pool'>) {
  return {
    async of(userId: string, channelIds: readonly string[]): Promise<(Unread & { channelId: string })[]> {
      const { rows } = await pool.query<Unread & { channelId: string }>({
        name: 'unread_of',
        text: `SELECT wanted.id AS "channelId", u.messages, u.mentions, u.first_seq AS "firstUnreadSeq",
                 greatest(coalesce(m.unread_from - 1, r.read_seq), m.history_from - 1) AS "afterSeq", c.last_seq AS "upToSeq"
               FROM unnest($2::uuid[]) AS wanted(id) JOIN channels c ON c.id = wanted.id
               JOIN memberships m ON m.channel_id = wanted.id AND m.user_id = $1
               JOIN receipts r ON r.channel_id = wanted.id AND r.user_id = $1
               CROSS JOIN LATERAL unread_in(wanted.id, $1) u`,
        values: [userId, channelIds],
      })
      return rows
    },

    /** Archived channels don't count; of a muted one only the mentions do, as mentions. */
    async totals(userId: string, now: Date): Promise<UnreadTotals> {
      const { rows } = await pool.query<UnreadTotals>({
        name: 'unread_totals',
        text: `SELECT count(*) FILTER (WHERE u.messages > 0 AND NOT muted)::integer AS channels,
                 coalesce(sum(u.messages) FILTER (WHERE NOT muted), 0)::integer AS messages, coalesce(sum(u.mentions), 0)::integer AS mentions
               FROM (
                 SELECT m.channel_id, coalesce(m.muted_until > $2, false) AS muted FROM memberships m JOIN channels c ON c.id = m.channel_id
                 WHERE m.user_id = $1 AND m.left_at IS NULL AND c.deleted_at IS NULL AND c.archived_at IS NULL
               ) AS seat CROSS JOIN LATERAL unread_in(seat.channel_id, $1) u`,
        values: [userId, now],
      })
      return rows[0]!
    },
  }
}

export type UnreadStore = ReturnType<typeof createUnreadStore>

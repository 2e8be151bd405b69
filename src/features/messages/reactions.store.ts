import type { Message } from '../../generated/prisma/client.ts'
import type { Database, Queries } from '../../ports/database.ts'
import type { Place } from './place.ts'

export type ReactionCount = Place & {
  emoji: string
  count: number
  viewerReacted: boolean
  /** The first hundred who did. */
  userIds: string[]
}

export function createReactionsStore({ pool }: Pick<Database, 'pool'>) {
  return {
    /** For each message its kinds, the oldest first. Those of deleted people don't count. */
    async of(places: readonly Place[], viewerId: string | null): Promise<ReactionCount[]> {
      const { rows } = await pool.query<ReactionCount>({
        name: 'reactions_of',
        text: `SELECT r.channel_id AS "channelId", r.seq, r.emoji, count(*)::integer AS count, coalesce(bool_or(r.user_id = $3), false) AS "viewerReacted",
                 (array_agg(r.user_id ORDER BY r.created_at, r.user_id))[1:100] AS "userIds"
               FROM unnest($1::uuid[], $2::integer[]) AS place(channel_id, seq) JOIN reactions r USING (channel_id, seq)
               JOIN users u ON u.id = r.user_id AND u.deleted_at IS NULL
               GROUP BY r.channel_id, r.seq, r.emoji ORDER BY min(r.created_at), r.emoji`,
        values: [places.map(({ channelId }) => channelId), places.map(({ seq }) => seq), viewerId],
      })
      return rows
    },

    async kinds({ channelId, seq }: Place, within: Queries): Promise<string[]> {
      const rows = await within.$queryRaw<{ emoji: string }[]>`
        SELECT DISTINCT r.emoji FROM reactions r JOIN users u ON u.id = r.user_id AND u.deleted_at IS NULL
        WHERE r.channel_id = ${channelId}::uuid AND r.seq = ${seq}`
      return rows.map(({ emoji }) => emoji)
    },

    /** Null where it was there already. A reaction's change is a change of its message. */
    async add({ channelId, seq }: Place, emoji: string, userId: string, within: Queries): Promise<Message | null> {
      const { count } = await within.reaction.createMany({ data: { channelId, seq, emoji, userId }, skipDuplicates: true })
      return count > 0 ? touch({ channelId, seq }, within) : null
    },

    /** Null where there was none. */
    async remove({ channelId, seq }: Place, emoji: string, userId: string, within: Queries): Promise<Message | null> {
      const { count } = await within.reaction.deleteMany({ where: { channelId, seq, emoji, userId } })
      return count > 0 ? touch({ channelId, seq }, within) : null
    },
  }
}

/** The trigger on messages counts the version. */
const touch = ({ channelId, seq }: Place, within: Queries): Promise<Message> =>
  within.message.update({ where: { channelId_seq: { channelId, seq } }, data: { seq } })

export type ReactionsStore = ReturnType<typeof createReactionsStore>

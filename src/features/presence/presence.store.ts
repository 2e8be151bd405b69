import type { Database } from '../../ports/database.ts'

export type Pair = { viewerId: string; userId: string }
export type Seat = { channelId: string; userId: string }

/** What it costs to tell how someone is now is bounded by these. */
const mostMembers = 500
const mostChannels = 200

export function createPresenceStore({ pool }: Pick<Database, 'pool'>) {
  return {
    /** Which of these pairs are in a channel together, in their order. One statement, however many. */
    async share(pairs: readonly Pair[]): Promise<boolean[]> {
      const { rows } = await pool.query<{ shared: boolean }>({
        name: 'presence_share',
        text: `SELECT EXISTS (
                 SELECT FROM memberships mine JOIN memberships theirs USING (channel_id) JOIN channels c ON c.id = channel_id
                 WHERE mine.user_id = pair.viewer AND mine.left_at IS NULL AND theirs.user_id = pair.other AND theirs.left_at IS NULL
                   AND c.deleted_at IS NULL
               ) AS shared FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS pair(viewer, other, place) ORDER BY place`,
        values: [pairs.map(({ viewerId }) => viewerId), pairs.map(({ userId }) => userId)],
      })
      return rows.map(({ shared }) => shared)
    },

    /** Which of these are members, in their order. */
    async seated(seats: readonly Seat[]): Promise<boolean[]> {
      const { rows } = await pool.query<{ seated: boolean }>({
        name: 'presence_seated',
        text: `SELECT EXISTS (SELECT FROM memberships m WHERE m.channel_id = seat.channel AND m.user_id = seat.person AND m.left_at IS NULL) AS seated
               FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS seat(channel, person, place) ORDER BY place`,
        values: [seats.map(({ channelId }) => channelId), seats.map(({ userId }) => userId)],
      })
      return rows.map(({ seated }) => seated)
    },

    /**
     * Where it is told how these people are: in the 200 of their channels that were active last, of those with at most 500 members. In
     * a larger one everybody would hear all day of people whom they don't know; who wants to, asks in presenceChanged. Whose
     * account is gone isn't among them.
     */
    async channelsOf(userIds: readonly string[]): Promise<Map<string, string[]>> {
      const { rows } = await pool.query<{ userId: string; channelIds: string[] }>({
        name: 'presence_channels',
        text: `SELECT u.id AS "userId", coalesce((
                 SELECT json_agg(near.id) FROM (
                   SELECT c.id FROM memberships m JOIN channels c ON c.id = m.channel_id
                   WHERE m.user_id = u.id AND m.left_at IS NULL AND c.deleted_at IS NULL AND c.member_count <= $2
                   ORDER BY c.last_active_at DESC LIMIT $3
                 ) AS near
               ), '[]') AS "channelIds" FROM users u WHERE u.id = ANY ($1::uuid[]) AND u.deleted_at IS NULL`,
        values: [userIds, mostMembers, mostChannels],
      })
      return new Map(rows.map(({ userId, channelIds }) => [userId, channelIds]))
    },
  }
}

export type PresenceStore = ReturnType<typeof createPresenceStore>

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { channelTopic } from '../../src/kernel/topics.ts'

/** Who is in the most channels of a generated database, signed in, and where they are. Ids as clients know them, keys as the database does. */
export type Scene = {
  token: string
  handle: string
  personKey: string
  /** The keys of all their channels. */
  channels: string[]
  /** Of their channels the one with the most messages, a number in the middle of it, and the one with the most members. */
  busy: string
  busyTopic: string
  middle: number
  crowded: string
  /** One in which they haven't read the newest message, and its number. */
  behind: string
  behindNewest: number
  /** The one in which most is unread, and how far they have read there. */
  away: string
  awayRead: number
  /** A snapshot of when only a third of the messages were there. */
  longAgo: string
  /** One of when the last of them were not. */
  lately: string
}

type Found = {
  key: string
  handle: string
  channels: string[]
  busy: string
  newest: number
  crowded: string
  behind: string
  behindNewest: number
  away: string
  awayRead: number
  longAgo: string
  lately: string
}

export async function sceneIn(pool: Pool): Promise<Scene> {
  const { rows } = await pool.query<Found>(`
    WITH person AS (
      SELECT user_id AS id FROM memberships WHERE left_at IS NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
    ), theirs AS (
      SELECT c.*, r.read_seq FROM channels c JOIN memberships m ON m.channel_id = c.id AND m.left_at IS NULL
      JOIN person ON person.id = m.user_id JOIN receipts r ON r.channel_id = c.id AND r.user_id = person.id
      WHERE c.deleted_at IS NULL AND c.archived_at IS NULL
    ), past AS (
      SELECT percentile_disc(0.33) WITHIN GROUP (ORDER BY changed) AS third, percentile_disc(0.99) WITHIN GROUP (ORDER BY changed) AS last FROM messages
    )
    SELECT person.id AS key, handle, (SELECT array_agg(theirs.id) FROM theirs) AS channels, third || ':' || third || ':' AS "longAgo", last || ':' || last || ':' AS lately,
      busy.id AS busy, busy.last_seq AS newest, crowded.id AS crowded,
      behind.id AS behind, behind.last_seq AS "behindNewest", away.id AS away, away.read_seq AS "awayRead"
    FROM person JOIN users USING (id), past,
      (SELECT theirs.id, last_seq FROM theirs ORDER BY last_seq DESC, id LIMIT 1) AS busy,
      (SELECT theirs.id FROM theirs ORDER BY member_count DESC, id LIMIT 1) AS crowded,
      (SELECT theirs.id, read_seq FROM theirs ORDER BY last_seq - read_seq DESC, id LIMIT 1) AS away,
      LATERAL (SELECT theirs.id, last_seq FROM theirs WHERE read_seq < last_seq AND theirs.id <> away.id ORDER BY last_seq DESC, id LIMIT 1 OFFSET 1) AS behind`)
  const found = rows[0]
  if (!found) throw new Error('There is nothing in this database to look at. Make something with: npm run bench:data')
  const token = randomBytes(32).toString('base64url')
  const hash = createHash('sha256').update(token).digest('hex')
  await pool.query(`INSERT INTO sessions (id, token_hash, user_id, expires_at) VALUES ($1, $2, $3, now() + interval '1 hour')`, [
    randomUUID(),
    hash,
    found.key,
  ])
  return {
    token,
    handle: found.handle,
    personKey: found.key,
    channels: found.channels,
    busy: encodeNodeId('Channel', found.busy),
    busyTopic: channelTopic(found.busy),
    middle: Math.ceil(found.newest / 2),
    crowded: encodeNodeId('Channel', found.crowded),
    behind: encodeNodeId('Channel', found.behind),
    behindNewest: found.behindNewest,
    away: encodeNodeId('Channel', found.away),
    awayRead: found.awayRead,
    longAgo: found.longAgo,
    lately: found.lately,
  }
}

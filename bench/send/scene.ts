import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'

export type Scene = {
  people: { id: string; token: string }[]
  /** GROUP channels that all of them are in. */
  channels(count: number): Promise<string[]>
  /** Throws where these channels hold anything but so many messages, numbered without holes. */
  check(channelIds: readonly string[], sent: number): Promise<void>
}

/** People with sessions and channels of their own, straight into the database. */
export async function createScene(pool: Pool, size: number): Promise<Scene> {
  const people = Array.from({ length: size }, () => ({ id: randomUUID(), token: randomBytes(32).toString('base64url') }))
  const ids = people.map(({ id }) => id)
  const hashes = people.map(({ token }) => createHash('sha256').update(token).digest('hex'))
  await pool.query(
    `INSERT INTO users (id, handle, display_name) SELECT id, 'b' || left(replace(id::text, '-', ''), 20), 'Bench' FROM unnest($1::uuid[]) AS p(id)`,
    [ids],
  )
  await pool.query('INSERT INTO accounts (user_id) SELECT unnest($1::uuid[])', [ids])
  await pool.query(
    `INSERT INTO sessions (id, token_hash, user_id, expires_at)
     SELECT gen_random_uuid(), p.hash, p.id, now() + interval '1 day' FROM unnest($1::uuid[], $2::text[]) AS p(id, hash)`,
    [ids, hashes],
  )
  return {
    people,

    async channels(count) {
      const made = Array.from({ length: count }, () => randomUUID())
      await pool.query(`INSERT INTO channels (id, kind, name) SELECT unnest($1::uuid[]), 'GROUP', 'Bench'`, [made])
      const seats = 'FROM unnest($1::uuid[]) AS c(id) CROSS JOIN unnest($2::uuid[]) AS p(id)'
      await pool.query(`INSERT INTO memberships (channel_id, user_id, notification_level) SELECT c.id, p.id, 'ALL' ${seats}`, [made, ids])
      await pool.query(`INSERT INTO receipts (channel_id, user_id) SELECT c.id, p.id ${seats}`, [made, ids])
      return made
    },

    async check(channelIds, sent) {
      const { rows } = await pool.query<{ sent: number; numbered: number }>(
        `SELECT (SELECT count(*) FROM messages WHERE channel_id = ANY ($1))::int AS sent,
           (SELECT sum(last_seq) FROM channels WHERE id = ANY ($1))::int AS numbered`,
        [channelIds],
      )
      const found = rows[0]!
      if (found.sent !== sent || found.numbered !== sent)
        throw new Error(`${sent} sends were answered; ${found.sent} messages are stored, numbers go up to ${found.numbered}.`)
    },
  }
}

/** DIRECT channels, each of one of the first half and one of the second. */
export async function createPairs(pool: Pool, people: Scene['people']): Promise<string[]> {
  const half = people.length / 2
  const channels = Array.from({ length: half }, () => randomUUID())
  const ids = people.map(({ id }) => id)
  await pool.query(
    `INSERT INTO channels (id, kind, direct_low, direct_high)
     SELECT c, 'DIRECT', least(a, b), greatest(a, b) FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS pair(c, a, b)`,
    [channels, ids.slice(0, half), ids.slice(half)],
  )
  const seats = 'FROM unnest($1::uuid[], $2::uuid[]) AS s(channel, person)'
  const both = [[...channels, ...channels], ids]
  await pool.query(`INSERT INTO memberships (channel_id, user_id, notification_level) SELECT channel, person, 'ALL' ${seats}`, both)
  await pool.query(`INSERT INTO receipts (channel_id, user_id) SELECT channel, person ${seats}`, both)
  return channels
}

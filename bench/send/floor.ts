import { randomBytes, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'

/** What anybody would write first, and well: a transaction a message on one connection, with prepared statements, on the same tables. */
export const createFloor = (pool: Pool) => async (channelId: string, senderId: string, text: string) => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const { rows } = await client.query<{ last_seq: number }>({
      name: 'floor_number',
      text: 'UPDATE channels SET last_seq = last_seq + 1, last_active_at = now() WHERE id = $1 RETURNING last_seq',
      values: [channelId],
    })
    await client.query({
      name: 'floor_insert',
      text: 'INSERT INTO messages (channel_id, seq, sender_id, text, client_id, content_hash) VALUES ($1, $2, $3, $4, $5, $6)',
      values: [channelId, rows[0]!.last_seq, senderId, text, randomUUID(), randomBytes(16)],
    })
    await client.query('COMMIT')
  } finally {
    client.release()
  }
}

import { Client } from 'pg'
import type { SeededChannel } from './seed.ts'

/**
 * Holds a channel's row, so that whoever writes there has to wait; two seconds at most, by the server's own limit. Returns how to let
 * go. `change`: a statement about the channel `$1` that takes effect then.
 */
export async function holdChannel(url: string, { key }: Pick<SeededChannel, 'key'>, change?: string): Promise<() => Promise<void>> {
  const client = new Client(url)
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT FROM channels WHERE id = $1 FOR UPDATE', [key])
  if (change) await client.query(change, [key])
  return async () => {
    await client.query('COMMIT')
    await client.end()
  }
}

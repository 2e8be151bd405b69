import { Client } from 'pg'

/** One statement over a connection of its own. */
export async function rowsOf(url: string, statement: string): Promise<unknown[]> {
  const client = new Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

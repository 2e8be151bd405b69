import { Client } from 'pg'
import type { Log } from '../ports/log.ts'
import { advisoryLock } from './migrations.ts'

/** Tables of the change feed, each with the columns that hold a transaction. */
const tables = {
  users: ['changed'],
  accounts: ['changed'],
  channels: ['changed'],
  memberships: ['changed'],
  receipts: ['changed'],
  messages: ['changed', 'added'],
  notifications: ['changed', 'added'],
}

/**
 * Places in the history of changes mean something in one database only. In a restored dump they don't: other transactions have their
 * numbers, and rows may bear some that are still to come. It is known by being in another place than it was, or by such rows: these
 * become old ones, and a new epoch ends what cursors there were. Many nodes may ask at once.
 */
export async function keepEpoch({ url, log }: { url: string; log: Log }): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'parley epoch' })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0')
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock])
    const home = await homeOf(client)
    await client.query('BEGIN')
    const newest = Object.keys(tables)
      .map((table) => `(SELECT max(changed) FROM ${table})`)
      .join(', ')
    const { rows } = await client.query<{ known: string | null; next: string; isAhead: boolean | null }>(
      `SELECT home AS known, pg_current_xact_id()::text AS next, greatest(${newest}) > pg_current_xact_id()::text::bigint AS "isAhead" FROM server`,
    )
    const { known, next, isAhead } = rows[0]!
    if (isAhead || (known !== null && known !== home)) {
      log.warn('This database was restored from another one. Clients read anew.')
      await forget(client, next)
    }
    if (known !== home) await client.query('UPDATE server SET home = $1', [home])
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}

/** The server and the database on it. Not everyone may ask which server it is. */
async function homeOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ oid: string; mayAsk: boolean }>(
    `SELECT oid::text, has_function_privilege('pg_control_system()', 'execute') AS "mayAsk" FROM pg_database WHERE datname = current_database()`,
  )
  const { oid, mayAsk } = rows[0]!
  if (!mayAsk) return oid
  const { rows: systems } = await client.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()')
  return `${systems[0]!.id}/${oid}`
}

/** Without a trace: what clients see of the rows stays as it is. */
async function forget(client: Client, next: string): Promise<void> {
  for (const [table, columns] of Object.entries(tables)) {
    await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
    for (const column of columns) await client.query(`UPDATE ${table} SET ${column} = 0 WHERE ${column} >= $1`, [next])
    await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
  }
  await client.query('UPDATE server SET epoch = gen_random_uuid()')
}

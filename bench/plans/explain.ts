import type { PoolClient } from 'pg'
import type { Database } from '../../src/ports/database.ts'
import { createFeed } from '../../src/adapters/feed.ts'
import { type Statement, wholeStatementsDuring } from '../../test/support/statements.ts'
import { type Hot, operations } from './operations.ts'
import { nodesOf, type PlanNode, readable, waysOf } from './plan.ts'
import { post } from '../support/post.ts'
import { sceneIn } from './scene.ts'

export type Explained = {
  operation: string
  /** Which of the hot ones it is; null for what an operation sends beside them. */
  hot: Hot | null
  text: string
  /** For people. */
  plan: string
  /** How it finds its rows, such as `messages by messages_pkey`. */
  ways: string[]
  ms: number
  /** Rows that tables and indexes gave it, those it then threw away included, and what functions and triggers were given. */
  looked: number
  /** Large tables that it went through from end to end. */
  scanned: string[]
}

/** What grows with people and what they say. */
const large = new Set(
  'users accounts sessions channels memberships receipts messages mentions reactions notifications mail_people mail_conversations mails'.split(
    ' ',
  ),
)

/** Runs each operation, and then explains what it sent, once more and with the same values, in a transaction that leaves nothing behind. */
export async function explainAll(database: Database, url: string): Promise<Explained[]> {
  const { pool } = database
  const scene = await sceneIn(pool)
  const feed = createFeed({ pool })
  const send = (query: string, variables: Record<string, unknown> = {}) => post(url, scene.token, query, variables)
  const explained: Explained[] = []
  for (const { name, hot, run } of operations) {
    // Once before: what is only done at first is not hot.
    await run({ send, feed, database, scene })
    const { statements } = await wholeStatementsDuring(pool, () => run({ send, feed, database, scene }))
    for (const one of hot)
      if (!statements.some(({ text }) => one.is.test(text)))
        throw new Error(`«${name}» sends nothing that is its ${one.name}. Correct the list.`)
    const client = await pool.connect()
    try {
      for (const statement of statements.filter(({ text }) => /^\s*(SELECT|WITH|UPDATE|INSERT|DELETE)/i.test(text))) {
        const one = hot.find(({ is }) => is.test(statement.text)) ?? null
        const { values } = statement
        explained.push({ operation: name, hot: one, ...(await explain(client, { ...statement, values: one?.again?.(values) ?? values })) })
      }
    } finally {
      client.release()
    }
  }
  return explained
}

async function explain(client: PoolClient, { text, values, name }: Statement) {
  const plan = await undone(client, async () => {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>({
      text: `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ${text}`,
      values,
    })
    return rows.map((line) => line['QUERY PLAN']).join('\n')
  })
  const forThese = await counted(client, async () => {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode; 'Execution Time': number }] }>({
      text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
      values,
    })
    return rows[0]!['QUERY PLAN'][0]
  })
  // A statement with a name is planned for its values five times, and then perhaps for any values, once and for all.
  const forAny = name
    ? await counted(client, async () => {
        await client.query('SET LOCAL plan_cache_mode = force_generic_plan')
        await client.query({ name: `${name} for any values`, text, values })
      })
    : null
  const { Plan: root, 'Execution Time': ms } = forThese.result
  const nodes = [...nodesOf(root)]
  const fromIndexes = nodes.filter((node) => node['Node Type'] === 'Index Only Scan').reduce((sum, node) => sum + rowsOf(node), 0)
  return {
    text,
    plan: readable(plan),
    ways: waysOf(nodes),
    ms,
    looked: Math.max(forThese.looked + fromIndexes, forAny?.looked ?? 0),
    scanned: [...new Set([...forThese.scanned, ...(forAny?.scanned ?? [])])],
  }
}

const rowsOf = (node: PlanNode) => ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 1)

async function undone<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN')
  try {
    return await work()
  } finally {
    await client.query('ROLLBACK')
  }
}

/** What PostgreSQL counts of tables meanwhile: it knows what functions and triggers do as well, which no plan shows. */
function counted<Result>(client: PoolClient, work: () => Promise<Result>): Promise<{ result: Result; looked: number; scanned: string[] }> {
  return undone(client, async () => {
    const before = await countsOf(client)
    const result = await work()
    const after = await countsOf(client)
    const differences = [...after].map(([table, { scans, rows }]) => ({
      table,
      scans: scans - (before.get(table)?.scans ?? 0),
      rows: rows - (before.get(table)?.rows ?? 0),
    }))
    return {
      result,
      looked: differences.reduce((sum, { rows }) => sum + rows, 0),
      scanned: differences.filter(({ table, scans }) => scans > 0 && large.has(table)).map(({ table }) => table),
    }
  })
}

async function countsOf(client: PoolClient): Promise<Map<string, { scans: number; rows: number }>> {
  const { rows } = await client.query<{ table: string; scans: string; rows: string }>(
    `SELECT relname AS table, seq_scan AS scans, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_xact_user_tables
     WHERE schemaname = 'public'`,
  )
  return new Map(rows.map(({ table, scans, rows }) => [table, { scans: Number(scans), rows: Number(rows) }]))
}

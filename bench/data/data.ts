import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { openBenchDatabase, staying } from '../support/database.ts'
import { machine, table, whole } from '../support/report.ts'
import { generate } from './generate.ts'

// npm run bench:data: a large database to look at plans with. It stays.

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '5000' },
    channels: { type: 'string', default: '20000' },
    messages: { type: 'string', default: '2000000' },
  },
})
const started = performance.now()
const database = await openBenchDatabase(staying)
const client = new Client(database.url)
await client.connect()
try {
  console.log(
    `${machine()}. Into ${process.env.DATABASE_URL ? 'the database of DATABASE_URL' : staying.dataDir}: ${database.description}.\n`,
  )
  const rows: string[][] = []
  const sizes = { users: Number(values.users), channels: Number(values.channels), messages: Number(values.messages) }
  await generate(client, sizes, ({ what, rows: made, ms }) => rows.push([what, made ? whole(made) : '', (ms / 1_000).toFixed(1)]))
  const { rows: sized } = await client.query<{ size: string }>('SELECT pg_size_pretty(pg_database_size(current_database())) AS size')
  console.log(table(['', 'rows', 's'], rows))
  console.log(`\n${sized[0]!.size} in ${((performance.now() - started) / 1_000).toFixed(0)} s. Next: npm run bench -- plans`)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  await client.end()
  await database.close()
}

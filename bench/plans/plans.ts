import { compose } from '../../src/compose.ts'
import { readEnv } from '../../src/env.ts'
import { openBenchDatabase, staying } from '../support/database.ts'
import { load, machine, table, whole } from '../support/report.ts'
import { explainAll } from './explain.ts'

/** The hottest statements with their plans, on what `npm run bench:data` made. */
export async function plans(): Promise<void> {
  await using closing = new AsyncDisposableStack()
  const database = await openBenchDatabase(staying)
  closing.defer(() => database.close())
  const settings = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    PORT: '0',
    RATE_LIMITS: 'off',
    NOTIFIER: 'off',
    DATA_DIR: staying.dataDir,
  }
  const app = await compose(readEnv({ ...settings, DATABASE_URL: database.url }))
  closing.defer(() => app.close())
  const { url } = await app.listen()
  const all = await explainAll(app.database, url)
  const hot = all.filter((one) => one.hot)

  const { rows: sizes } = await database.pool.query<{ table: string; n: string }>(
    `SELECT relname AS table, reltuples::bigint AS n FROM pg_class WHERE relname = ANY ('{users,channels,memberships,messages}') ORDER BY reltuples`,
  )
  console.log(`${machine()}. ${database.description}. Load ${load()}.`)
  console.log(`${sizes.map(({ table, n }) => `${whole(Number(n))} ${table}`).join(', ')}.\n`)
  for (const { hot: one, plan, ways } of hot)
    console.log(
      `── ${one!.name} (${one!.from})\n   ${ways.length > 0 ? `by ${ways.join(', ')}` : 'in a function, which shows no plan'}\n${plan}\n`,
    )
  console.log(
    table(
      ['', 'grows with', 'rows looked at', 'ms'],
      hot.map(({ hot: one, looked, ms }) => [one!.name, one!.grows, whole(looked), ms.toFixed(2)]),
    ),
  )
  const scanning = all.filter(({ scanned }) => scanned.length > 0)
  for (const { operation, text, scanned } of scanning) console.log(`\n«${operation}» goes through all of ${scanned.join(', ')}:\n${text}`)
  const operations = new Set(all.map(({ operation }) => operation))
  console.log(`\n${all.length} statements of ${operations.size} operations; ${scanning.length} go through a whole table.`)
}

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { makeDirectory, sweepDirectories } from '../support/directory.ts'
import { keptLog } from '../support/log.ts'
import { hasRedis } from '../support/redis.ts'
import { play } from './play.ts'
import { scenarios } from './scenarios.ts'

// npm run prove [-- --seed N --only name --brief --keep]: plays every scenario and prints what was tried and what held. Ends with the
// first violation, and says where its history is kept.

const flag = { type: 'boolean', default: false } as const
const { values } = parseArgs({ options: { seed: { type: 'string' }, only: { type: 'string' }, brief: flag, keep: flag } })
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
const chosen = scenarios.filter(({ name }) => name.toLowerCase().includes((values.only ?? '').toLowerCase()))

const columns = [22, 6, 8, 10, 12, 13, 6] as const
const row = (cells: readonly (string | number)[]) =>
  cells.map((cell, place) => (place === 0 ? String(cell).padEnd(columns[0]) : String(cell).padStart(columns[place] ?? 0))).join(' ')

async function prove(): Promise<number> {
  if (!Number.isSafeInteger(seed)) throw new Error('The seed must be a whole number.')
  if (chosen.length === 0) throw new Error(`No such scenario. There are: ${scenarios.map(({ name }) => name).join(', ')}.`)
  if (!hasRedis) throw new Error('There is no redis-server on the PATH. Install one, or set TEST_REDIS_URL.')
  await sweepDirectories()
  await using closing = new AsyncDisposableStack()
  const directory = await makeDirectory()
  closing.defer(directory.remove)
  const postgres = await startEmbeddedPostgres({ dataDir: directory.path, log: keptLog(), maxConnections: 100, durable: false })
  closing.defer(postgres.stop)

  console.log(`seed ${seed}\n\n${row(['scenario', 'sent', 'retried', 'delivered', 'connections', 'longest wait', 'took'])}  held`)
  for (const scenario of chosen) {
    const outcome = await play(scenario, {
      seed,
      brief: values.brief,
      keeps: values.keep,
      createDatabase: () => createDatabase(postgres.url),
    })
    const { violations, kept, sent, retried, delivered, connections, longestMs, tookMs } = outcome
    const seconds = `${Math.round(tookMs / 1_000)} s`
    const cells = [scenario.name, sent, retried, delivered, connections, `${longestMs} ms`, seconds]
    console.log(`${row(cells)}  ${violations.length === 0 ? 'yes' : 'NO'}`)
    if (violations.length === 0) {
      if (kept) console.log(`  ${kept}`)
      continue
    }
    console.error(`\n${scenario.what}.`)
    for (const { promise, what, at } of violations.slice(0, 20)) console.error(`  ${promise}: ${what} (${at} ms)`)
    if (violations.length > 20) console.error(`  and ${violations.length - 20} more`)
    console.error(
      `\nIts history: ${kept}\nAgain: npm run prove -- --seed ${seed} --only '${scenario.name}'${values.brief ? ' --brief' : ''}`,
    )
    return 1
  }
  console.log(`\nAll held: acknowledged is stored · a key once · numbers dense · no double, no hole, in order · nothing missed ·
the highest version is the truth · nothing after removal, and its end is told · members stay · in time.
The longest wait is from a message's acknowledgement to a reader's screen, or from when that reader began to connect.`)
  return 0
}

async function createDatabase(url: string) {
  const name = `prove_${randomBytes(6).toString('hex')}`
  const its = new URL(url)
  its.pathname = name
  const administer = async (statement: string) => {
    const admin = new Client(url)
    await admin.connect()
    try {
      await admin.query(statement)
    } finally {
      await admin.end()
    }
  }
  await administer(`CREATE DATABASE ${name}`)
  return { url: its.href, drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

try {
  process.exitCode = await prove()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

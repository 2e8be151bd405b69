import { openBenchDatabase } from '../support/database.ts'
import { load, machine, table, whole } from '../support/report.ts'
import { type Rounds, rounds } from '../support/rounds.ts'
import { startParley } from '../support/server.ts'
import { floor, inProcess, ours } from './in-process.ts'
import { overHttp, query } from './over-http.ts'
import { createScene } from './scene.ts'

const writers = 16

/** Sending: the writer next to its floor, and through HTTP next to the smallest question. */
export async function send({ runs = 5, seconds = 2 } = {}): Promise<void> {
  await using closing = new AsyncDisposableStack()
  const database = await openBenchDatabase()
  closing.defer(() => database.close())
  const scene = await createScene(database.pool, writers)
  console.log(`${machine()}. ${database.description}.`)
  console.log(`${writers} writers, medians of ${runs} runs of ${seconds} s, in turns. Load ${load()}.`)

  const short: string[] = []
  const needed = (ratio: number, least: number) => {
    if (ratio < least) short.push(`${ratio.toFixed(2)} where ${least} is needed`)
    return `≥ ${least}`
  }

  const rows: string[][] = []
  const quiet: string[] = []
  for (const [channels, least] of [
    [1, 6],
    [100, 1.2],
  ] as const) {
    const { contenders, check } = await inProcess(database, scene, channels)
    const measured = await rounds(contenders, { runs, seconds })
    await check()
    const ratio = measured.ratio(ours, floor)
    const where = channels === 1 ? 'one channel' : `${channels} channels`
    rows.push([`${ours}, ${where}`, ...numbers(measured, ours), `× ${ratio.toFixed(2)}`, needed(ratio, least)])
    rows.push([`${floor}, ${where}`, ...numbers(measured, floor), '× 1', ''])
    quiet.push(busy(where, measured))
  }
  console.log(`\nThe writer, in this process\n\n${table(['', 'messages/s', 'p50 ms', 'p99 ms', 'of the floor', 'needed'], rows)}`)

  // Who notifies is another node: it works on what was said, and takes its share of the database.
  const server = await startParley({ DATABASE_URL: database.url, DATABASE_POOL: '20', NOTIFIER: 'off' }, { pinned: false })
  closing.defer(() => server.stop())
  const { contenders, cpuOf, check, stop } = await overHttp(server, scene)
  closing.defer(stop)
  const measured = await rounds(contenders, { runs, seconds })
  await check()
  const lines = contenders.map(({ name }) => {
    const ratio = measured.ratio(name, query)
    const target = name === query ? '' : needed(ratio, 0.6)
    return [name, ...numbers(measured, name), whole(cpuOf(name)), `× ${ratio.toFixed(2)}`, target]
  })
  quiet.push(busy('through HTTP', measured))
  console.log(`\nThrough HTTP, server and load in processes of their own\n`)
  console.log(table(['', 'per second', 'p50 ms', 'p99 ms', 'server CPU µs', 'of the query', 'needed'], lines))
  console.log(`\nEvery message answered is stored, numbered without holes. Load ${load()} at the end.`)
  console.log(`How busy others kept the machine before the runs, median (most): ${quiet.join('; ')}.`)
  if (short.length > 0) console.log(`Short of the aim: ${short.join('; ')}.`)
}

function numbers({ results }: Rounds, name: string): string[] {
  const { perSecond, p50, p99 } = results.get(name)!
  return [whole(perSecond), p50.toFixed(1), p99.toFixed(1)]
}

const percent = (share: number) => `${Math.round(share * 100)} %`
const busy = (what: string, { busy: { median, most } }: Rounds) => `${what} ${percent(median)} (${percent(most)})`

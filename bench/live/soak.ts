import { setTimeout } from 'node:timers/promises'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { createScene } from '../send/scene.ts'
import { bustle, gauges } from '../support/bustle.ts'
import { openBenchDatabase } from '../support/database.ts'
import { startRedis } from '../support/redis.ts'
import { load, machine, median, table } from '../support/report.ts'
import { startParley } from '../support/server.ts'

/** Of the heap, from the second quarter of the time to the last one. The first quarter is for what is compiled and cached. */
const mostGrowth = 0.05
/** Each connection to the database that rests has a timer. */
const poolSize = 8
const counted = ['parley_sockets', 'parley_subscriptions', 'parley_people', 'parley_topics', 'parley_bus_topics'] as const

/**
 * Many come and go for minutes, on a server with Redis. Fails where its heap grows, or where of sockets, subscriptions, topics or timers
 * anything is left once everybody has gone.
 */
export async function soak({ seconds = 200, size = 120, workers = 12, every = 10 } = {}): Promise<void> {
  await using closing = new AsyncDisposableStack()
  const database = await openBenchDatabase()
  closing.defer(() => database.close())
  const redis = await startRedis()
  closing.defer(() => redis.stop())
  const server = await startParley({ DATABASE_URL: database.url, REDIS_URL: redis.url, DATABASE_POOL: String(poolSize) })
  closing.defer(() => server.stop())
  const scene = await createScene(database.pool, size)
  const channels = await scene.channels(8)
  await database.pool.query(`UPDATE memberships SET role = 'OWNER' WHERE user_id = $1`, [scene.people[0]!.id])
  const look = async () => ({ ...(await server.read({ settled: true })), counts: await gauges(server.url, counted) })
  await setTimeout(3_000)
  const idle = await look()

  console.log(`${machine()}. ${database.description}. Load ${load()}.`)
  const started = performance.now()
  const passed = () => (performance.now() - started) / 1_000
  const bustling = bustle({
    url: server.url,
    people: scene.people.map(({ id, token }) => ({ id: encodeNodeId('User', id), token })),
    channelIds: channels.map((id) => encodeNodeId('Channel', id)),
    workers,
    until: () => passed() > seconds,
  })
  const rows: string[][] = []
  const heaps: { at: number; heap: number }[] = []
  const note = (name: string, { heap, rss, timers, counts }: Awaited<ReturnType<typeof look>>) =>
    rows.push([name, ...[heap, rss].map((bytes) => (bytes / 2 ** 20).toFixed(1)), String(timers), ...counts.map(String)])
  note('before', idle)
  while (passed() < seconds - every / 2) {
    await setTimeout(every * 1_000)
    const seen = await look()
    heaps.push({ at: passed(), heap: seen.heap })
    note(`${passed().toFixed(0)} s`, seen)
  }
  const done = await bustling
  // A topic that was let go stays for a second; a timer of someone who types for six.
  await setTimeout(8_000)
  const left = await look()
  note('after', left)

  const between = (from: number, to: number) =>
    median(heaps.filter(({ at }) => at > seconds * from && at <= seconds * to + every).map(({ heap }) => heap))
  const growth = between(0.75, 1) / between(0.25, 0.5) - 1
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  console.log(
    `\n${done.visits} visits of ${size} people, ${workers} at a time; ${done.said} messages, ${done.heard} events heard, ${done.removed} removals\n`,
  )
  console.log(table(['', 'heap MB', 'RSS MB', 'timers', ...counted.map((name) => name.slice('parley_'.length))], rows))
  console.log(`\nHeap, from the second quarter to the last: ${percent(growth)}, at most ${percent(mostGrowth)}. Load ${load()}.`)
  const wrong = [
    ...(growth > mostGrowth ? ['The heap grew.'] : []),
    ...counted.flatMap((name, place) => (left.counts[place]! > idle.counts[place]! ? [`Of ${name} something is left.`] : [])),
    ...(left.timers > idle.timers + poolSize ? ['Timers are left.'] : []),
    ...(done.visits < seconds ? ['Hardly anybody came: that shows nothing.'] : []),
  ]
  for (const what of wrong) console.error(what)
  if (wrong.length > 0) process.exitCode = 1
}

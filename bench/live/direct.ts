import { setTimeout } from 'node:timers/promises'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { createPairs, createScene } from '../send/scene.ts'
import { openCrowd } from '../support/crowd.ts'
import { openBenchDatabase } from '../support/database.ts'
import { load, machine, percentile, table, whole } from '../support/report.ts'
import { pinning, startParley, stayAway } from '../support/server.ts'
import { inbox, send, textOf } from './documents.ts'

/** Pairs who talk to each other, each person with their inbox open: every message goes to exactly two. */
export async function direct({ pairs = 1_000, talking = 32, seconds = 5, rounds = 3 } = {}): Promise<void> {
  stayAway()
  await using closing = new AsyncDisposableStack()
  const database = await openBenchDatabase()
  closing.defer(() => database.close())
  const server = await startParley({ DATABASE_URL: database.url, DATABASE_POOL: '20' })
  closing.defer(() => server.stop())
  const { people } = await createScene(database.pool, pairs * 2)
  const channels = await createPairs(database.pool, people)
  const crowd = await openCrowd(
    server.url,
    people.map(({ token }) => ({ token, query: inbox })),
  )
  await setTimeout(3_000)

  let said = 0
  async function talk(until: number, took: number[]) {
    while (performance.now() < until) {
      const mark = String(++said)
      const pair = said % pairs
      const speaker = said % 2 === 0 ? pair : pair + pairs
      const got = crowd.got(mark, 2)
      const sent = performance.now()
      const input = { channelId: encodeNodeId('Channel', channels[pair]!), text: textOf(mark) }
      crowd.sockets[speaker]!.send(JSON.stringify({ id: mark, type: 'subscribe', payload: { query: send, variables: { input } } }))
      const times = await Promise.race([got, setTimeout(10_000, null)])
      if (!times) throw new Error('A message did not reach both.')
      took.push(times[1]! - sent)
    }
  }

  console.log(`${machine()}, ${pinning}. ${database.description}. Load ${load()}.`)
  await Promise.all(Array.from({ length: talking }, () => talk(performance.now() + 1_000, [])))
  const rows: string[][] = []
  for (let round = 1; round <= rounds; round++) {
    const took: number[] = []
    const before = await server.read()
    const started = performance.now()
    await Promise.all(Array.from({ length: talking }, () => talk(started + seconds * 1_000, took)))
    const elapsed = performance.now() - started
    const { cpuMs } = await server.read()
    const sorted = took.toSorted((one, other) => one - other)
    const used = cpuMs - before.cpuMs
    rows.push([
      `round ${round}, load ${load()}`,
      whole((took.length / elapsed) * 1_000),
      whole((took.length / used) * 1_000),
      ((used * 1_000) / took.length).toFixed(0),
      percentile(sorted, 0.5).toFixed(1),
      percentile(sorted, 0.99).toFixed(1),
    ])
  }
  console.log(`\n${pairs * 2} people in ${pairs} pairs, inboxes open, ${talking} talk at a time\n`)
  console.log(table(['', 'messages a second', 'messages a core and second', 'CPU µs a message', 'p50 ms to both', 'p99'], rows))
  crowd.close()
}

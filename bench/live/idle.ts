import { setTimeout } from 'node:timers/promises'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { createScene } from '../send/scene.ts'
import { openCrowd, type Seat } from '../support/crowd.ts'
import { openBenchDatabase } from '../support/database.ts'
import { load, machine, table } from '../support/report.ts'
import { startParley, stayAway } from '../support/server.ts'
import { inbox, messageAdded } from './documents.ts'

/** What an open socket with one subscription keeps, and costs, while nothing happens. */
export async function idle({ size = 5_000, warm = 500 } = {}): Promise<void> {
  stayAway()
  await using closing = new AsyncDisposableStack()
  const database = await openBenchDatabase()
  closing.defer(() => database.close())
  console.log(`${machine()}. ${database.description}. Load ${load()}.`)
  const rows: string[][] = []
  for (const [name, query] of Object.entries({ messageAdded: messageAdded(), inboxEvents: inbox })) {
    const server = await startParley({ DATABASE_URL: database.url })
    const scene = await createScene(database.pool, size + warm)
    const [channel] = await scene.channels(1)
    // Whoever was seated within the last second is news to all the others.
    await setTimeout(2_500)
    const variables = query === inbox ? {} : { channelId: encodeNodeId('Channel', channel!) }
    const seats: Seat[] = scene.people.map(({ token }) => ({ token, query, variables }))
    // What is compiled and cached once is no socket's.
    const first = await openCrowd(server.url, seats.slice(0, warm))
    await setTimeout(3_000)
    const before = await server.read({ settled: true })
    const crowd = await openCrowd(server.url, seats.slice(warm))
    await setTimeout(5_000)
    const after = await server.read({ settled: true })
    await setTimeout(10_000)
    const { cpuMs } = await server.read()
    const each = (bytes: number) => `${(bytes / size / 1_024).toFixed(1)} KB`
    rows.push([name, each(after.rss - before.rss), each(after.heap - before.heap), `${((cpuMs - after.cpuMs) / 10).toFixed(0)} ms`])
    first.close()
    crowd.close()
    await server.stop()
  }
  console.log(`\n${size} sockets with one subscription each, idle\n`)
  console.log(table(['', 'RSS a socket', 'heap and buffers a socket', 'CPU a second, all'], rows))
}

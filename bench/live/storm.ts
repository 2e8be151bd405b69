import { setTimeout } from 'node:timers/promises'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { createPairs, createScene } from '../send/scene.ts'
import { openClient } from '../support/crowd.ts'
import { openBenchDatabase } from '../support/database.ts'
import { atATime } from '../support/at-a-time.ts'
import { load, machine, table } from '../support/report.ts'
import { startParley, stayAway } from '../support/server.ts'
import { inbox, send, textOf } from './documents.ts'
import { post } from '../support/post.ts'

/**
 * All sockets are cut at once, and come back at once with where they were, while things were said. Each person is in one channel with
 * everybody and in another with one other person, and was there minutes ago: that they are back is written, too.
 */
export async function storm({ size = 5_000, said = 5, atOnce = 500 } = {}): Promise<void> {
  stayAway()
  await using closing = new AsyncDisposableStack()
  const database = await openBenchDatabase()
  closing.defer(() => database.close())
  const server = await startParley({ DATABASE_URL: database.url, DATABASE_POOL: '20' })
  closing.defer(() => server.stop())
  const scene = await createScene(database.pool, size)
  const [channel] = await scene.channels(1)
  const channelId = encodeNodeId('Channel', channel!)
  await createPairs(database.pool, scene.people)
  // Until a cursor of the server lies behind all that.
  await setTimeout(2_500)
  let cursor: string | null = null

  /** Everybody in, until each has been told that the stream is live. */
  async function everybody() {
    const started = performance.now()
    const sockets = await atATime(scene.people, atOnce, async ({ token }) => {
      const ready = Promise.withResolvers<number>()
      const ws = await openClient(server.url, { token, query: inbox, variables: { after: cursor } }, (data) => {
        const { payload } = JSON.parse(data.toString()) as {
          payload?: { data?: { inboxEvents: { __typename: string; cursor: string; replayed: number } } }
        }
        const event = payload?.data?.inboxEvents
        if (!event) return ready.reject(new Error(`A subscription failed: ${data.toString()}`))
        if (event.__typename !== 'StreamReady') return
        cursor ??= event.cursor
        ready.resolve(event.replayed)
      })
      return { ws, replayed: await ready.promise }
    })
    return { sockets, ms: performance.now() - started }
  }
  /** Transactions that ended in this database; what a socket asks is one statement each. */
  async function statements(): Promise<number> {
    await setTimeout(2_500)
    const { rows } = await database.pool.query<{ count: string }>(
      'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()',
    )
    return Number(rows[0]!.count)
  }

  console.log(`${machine()}. ${database.description}. Load ${load()}.`)
  const first = await everybody()
  for (const { ws } of first.sockets) ws.terminate()
  for (let time = 0; time < said; time++)
    await post(server.url, scene.people[0]!.token, send, { input: { channelId, text: textOf(String(time)) } })
  await database.pool.query(`UPDATE sessions SET last_used_at = last_used_at - interval '5 minutes'`)
  const before = await statements()
  const start = await server.read()
  const back = await everybody()
  const { cpuMs, longestMs } = await server.read()
  const after = await statements()
  const told = back.sockets.filter(({ replayed }) => replayed >= said).length
  console.log(`\n${size} sockets cut at once; ${said} messages meanwhile; back at once, ${atOnce} at a time\n`)
  console.log(
    table(
      ['', 'seconds', 'statements a client', 'CPU ms a client', 'loop held ms', 'were told all'],
      [
        ['first', (first.ms / 1_000).toFixed(1), '', '', '', ''],
        [
          'again',
          (back.ms / 1_000).toFixed(1),
          ((after - before) / size).toFixed(2),
          ((cpuMs - start.cpuMs) / size).toFixed(2),
          longestMs.toFixed(0),
          `${told} of ${size}`,
        ],
      ],
    ),
  )
  for (const { ws } of back.sockets) ws.terminate()
}

import { setTimeout } from 'node:timers/promises'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { createScene } from '../send/scene.ts'
import { openCrowd } from '../support/crowd.ts'
import { openBenchDatabase } from '../support/database.ts'
import { load, machine, percentile, table } from '../support/report.ts'
import { startRedis } from '../support/redis.ts'
import { pinning, startParley, stayAway } from '../support/server.ts'
import { messageAdded, send, textOf } from './documents.ts'
import { post } from '../support/post.ts'

/** From the request of whoever says something to the screen of whoever hears it, with nothing else going on. */
export async function latency({ times = 3_000, warmup = 400, pauseMs = 10 } = {}): Promise<void> {
  stayAway()
  await using closing = new AsyncDisposableStack()
  const database = await openBenchDatabase()
  closing.defer(() => database.close())
  const redis = await startRedis()
  closing.defer(() => redis.stop())
  const start = async (env: Record<string, string>, pinned: boolean) => {
    const server = await startParley({ DATABASE_URL: database.url, ...env }, { pinned })
    closing.defer(() => server.stop())
    return server
  }
  const alone = await start({}, true)
  const one = await start({ REDIS_URL: redis.url }, true)
  const other = await start({ REDIS_URL: redis.url }, false)
  const scene = await createScene(database.pool, 2)
  const [channel] = await scene.channels(1)
  const channelId = encodeNodeId('Channel', channel!)
  const [speaker, listener] = scene.people
  const ways = [
    { name: 'one node', from: alone, to: alone },
    { name: 'two nodes, through Redis', from: one, to: other },
  ]
  const crowds = await Promise.all(
    ways.map(({ to }) => openCrowd(to.url, [{ token: listener!.token, query: messageAdded(), variables: { channelId } }])),
  )
  const took = ways.map(() => [] as number[])
  console.log(`${machine()}, ${pinning}. ${database.description}. Load ${load()}.`)
  for (let time = -warmup; time < times; time++)
    for (const [place, { from }] of ways.entries()) {
      const mark = `${time} ${place}`
      await setTimeout(pauseMs)
      const sent = performance.now()
      await post(from.url, speaker!.token, send, { input: { channelId, text: textOf(mark) } })
      const heard = await Promise.race([crowds[place]!.got(mark), setTimeout(2_000, null)])
      if (heard && time >= 0) took[place]!.push(heard[0]! - sent)
      else if (time >= 0) throw new Error('Something said was not heard.')
    }
  console.log(`\nFrom request to screen, ms, ${times} messages each in turns; load ${load()} at the end\n`)
  console.log(
    table(
      ['', 'p50', 'p99'],
      ways.map(({ name }, place) => {
        const sorted = took[place]!.toSorted((one, other) => one - other)
        return [name, percentile(sorted, 0.5).toFixed(1), percentile(sorted, 0.99).toFixed(1)]
      }),
    ),
  )
}

import { setTimeout } from 'node:timers/promises'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { Redis } from 'ioredis'
import { createScene } from '../send/scene.ts'
import { type Crowd, openCrowd } from '../support/crowd.ts'
import { openBenchDatabase } from '../support/database.ts'
import { busyElsewhere, load, machine, median, table } from '../support/report.ts'
import { startRedis } from '../support/redis.ts'
import { type Measured, pinning, startMeasured, startParley, stayAway } from '../support/server.ts'
import { inbox, messageAdded, send, textOf } from './documents.ts'
import { post } from '../support/post.ts'

type Contender = {
  name: string
  server: Measured
  crowd: Crowd
  /** One thing happens, which everybody here is to hear of. */
  happen(mark: string): Promise<unknown>
}
type Publish = (mark: string, topic: string) => Promise<unknown>
type Turn = { usPerDelivery: number; idleMs: number; spreadMs: number; longestMs: number; deliveries: number }

/** What one delivery costs the server, next to one buffer written to every socket and to the documented recipe, in turns. */
export async function fanout({ sizes = [100, 1_000, 5_000], rounds = 3, seconds = 2, crowded = 8 } = {}): Promise<void> {
  stayAway()
  await using closing = new AsyncDisposableStack()
  const database = await openBenchDatabase()
  closing.defer(() => database.close())
  const redis = await startRedis()
  closing.defer(() => redis.stop())
  const REDIS_URL = redis.url
  const env = { REDIS_URL, DATABASE_URL: database.url }
  const started = <Server extends { stop(): Promise<void> }>(server: Server) => {
    closing.defer(() => server.stop())
    return server
  }
  const sending = started(await startParley(env, { pinned: false }))
  const publisher = new Redis(REDIS_URL)
  closing.defer(() => publisher.disconnect())

  let marks = 0
  let topics = 0
  const newMark = () => String(++marks)
  // Somebody in an empty room: contenders' events come at the pace of things that are said. Who rests between two of them pays more for
  // each, since what they work with has gone out of the caches.
  const quiet = await createScene(database.pool, 1)
  const [room] = await quiet.channels(1)
  const said = (mark: string) =>
    post(sending.url, quiet.people[0]!.token, send, { input: { channelId: encodeNodeId('Channel', room!), text: textOf(mark) } })
  const paced =
    (publish: Publish): Publish =>
    async (mark, topic) => {
      await said(mark)
      return publish(mark, topic)
    }

  /** So many members of a channel of their own, each subscribed; a member says something on the other node. */
  async function ours(name: string, size: number, queryOf: (place: number) => string): Promise<Contender> {
    const server = started(await startParley(env))
    const scene = await createScene(database.pool, size)
    const [channel] = await scene.channels(1)
    const channelId = encodeNodeId('Channel', channel!)
    // Whoever was seated within the last second is news to all the others.
    await setTimeout(2_500)
    const variables = { channelId }
    const crowd = await openCrowd(
      server.url,
      scene.people.map(({ token }, place) => ({ token, query: queryOf(place), variables: queryOf(place) === inbox ? {} : variables })),
    )
    const { token } = scene.people[0]!
    return {
      name,
      server,
      crowd,
      happen: (mark) => post(sending.url, token, send, { input: { channelId, text: textOf(mark) } }),
    }
  }

  async function theirs(name: string, entry: string, size: number, publish: Publish): Promise<Contender> {
    const topic = `topic.${++topics}`
    const server = started(await startMeasured(new URL(entry, import.meta.url).pathname, { ...env, TOPIC: topic }))
    const seats = Array.from({ length: size }, () => ({ token: '', query: messageAdded(), variables: { channelId: topic } }))
    return { name, server, crowd: await openCrowd(server.url, seats), happen: (mark) => publish(mark, topic) }
  }

  console.log(`${machine()}, ${pinning}. ${database.description}. Load ${load()}.`)
  for (const size of sizes) {
    const one = await ours('Parley, messageAdded', size, () => messageAdded())
    await everyoneHears(one, newMark)
    const frame = one.crowd.sample()
    const toFloor: Publish = (mark, topic) => publisher.publish(topic, frame.replace(/#\d+#/, `#${mark}#`))
    const toStock: Publish = (mark, topic) => publisher.publish(`channel.${topic}`, stockEvent(mark))
    const contenders = [
      await theirs('floor: one buffer to every socket', 'floor.ts', size, paced(toFloor)),
      ...(size > 1_000 ? [] : [await theirs('the same without a pause', 'floor.ts', size, toFloor)]),
      one,
      ...(size > 1_000 ? [] : [await ours('Parley, four documents', size, (place) => messageAdded(`Messages${place % 4}`))]),
      await ours('Parley, inboxEvents', size, () => inbox),
      ...(size > 1_000 ? [] : [await theirs('stock recipe', 'stock.ts', size, paced(toStock))]),
    ]
    for (const contender of contenders) await everyoneHears(contender, newMark)
    for (const atOnce of [1, crowded]) {
      const turns = new Map<string, Turn[]>(contenders.map(({ name }) => [name, []]))
      const busy: number[] = []
      for (let round = 0; round < rounds; round++)
        for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
          busy.push(await busyElsewhere())
          turns.get(contender.name)!.push(await turn(contender, { seconds, atOnce }, newMark))
          process.stderr.write('.')
        }
      print(`${size} subscribers of one channel, ${atOnce === 1 ? 'one event' : `${atOnce} events`} at a time`, turns, busy)
    }
    for (const { server, crowd } of contenders) {
      crowd.close()
      await server.stop()
    }
  }
}

type Pace = { seconds: number; atOnce: number }

/** So many things happen at once, and when everybody has all of them, the next. */
async function turn({ name, server, crowd, happen }: Contender, { seconds, atOnce }: Pace, newMark: () => string): Promise<Turn> {
  const spreads: number[] = []
  const before = await server.read()
  await setTimeout(1_000)
  const start = await server.read()
  for (const until = performance.now() + seconds * 1_000; performance.now() < until || spreads.length < 3; ) {
    const marks = Array.from({ length: atOnce }, newMark)
    const got = Promise.all(marks.map((mark) => crowd.got(mark)))
    await Promise.all(marks.map(happen))
    const times = await Promise.race([got, setTimeout(20_000, null)])
    if (!times) throw new Error(`Not everybody heard of one thing within 20 seconds: ${name}.`)
    spreads.push(Math.max(...times.map((each) => each.at(-1)!)) - Math.min(...times.map((each) => each[0]!)))
  }
  const { cpuMs, longestMs } = await server.read()
  const deliveries = spreads.length * atOnce * crowd.size
  return {
    usPerDelivery: ((cpuMs - start.cpuMs) * 1_000) / deliveries,
    idleMs: start.cpuMs - before.cpuMs,
    spreadMs: median(spreads),
    longestMs,
    deliveries,
  }
}

/** A subscription isn't acknowledged: it stands once something was heard. */
async function everyoneHears({ name, crowd, happen }: Contender, newMark: () => string): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const mark = newMark()
    const got = crowd.got(mark)
    await happen(mark)
    if (await Promise.race([got, setTimeout(1_000, null)])) return
  }
  throw new Error(`Not everybody hears: ${name}.`)
}

function print(what: string, turns: ReadonlyMap<string, readonly Turn[]>, busy: readonly number[]): void {
  const all = [...turns]
  const floor = all[0]![1]
  const stock = all.find(([name]) => name.startsWith('stock'))?.[1]
  const ratio = (one: readonly Turn[], other: readonly Turn[]) =>
    median(one.map(({ usPerDelivery }, round) => usPerDelivery / other[round]!.usPerDelivery)).toFixed(2)
  console.log(`\n${what}; others keep the machine ${Math.round(median(busy) * 100)} % busy\n`)
  console.log(
    table(
      ['', 'CPU µs a delivery', 'of the floor', 'stock costs', 'first to last ms', 'loop held ms', 'idle CPU ms/s', 'deliveries'],
      all.map(([name, runs]) => [
        name,
        median(runs.map(({ usPerDelivery }) => usPerDelivery)).toFixed(2),
        `× ${ratio(runs, floor)}`,
        stock ? `× ${ratio(stock, runs)}` : '',
        median(runs.map(({ spreadMs }) => spreadMs)).toFixed(1),
        Math.max(...runs.map(({ longestMs }) => longestMs)).toFixed(0),
        median(runs.map(({ idleMs }) => idleMs)).toFixed(1),
        String(runs.reduce((sum, { deliveries }) => sum + deliveries, 0)),
      ]),
    ),
  )
}

const stockEvent = (mark: string) =>
  JSON.stringify({
    cursor: 'MDE5YTlmNWUtN2MzZC03YjFhLTljNTUtM2YxZTJkNGM1YjZhIDEyMzQ1NjoxMjM0NTY6',
    channelId: 'Q2hhbm5lbDowMTlhOWY1ZS03YzNkLTdiMWEtOWM1NS0zZjFlMmQ0YzViNmE',
    message: {
      id: 'TWVzc2FnZTowMTlhOWY1ZS03YzNkLTdiMWEtOWM1NS0zZjFlMmQ0YzViNmE6MTIz',
      seq: 123,
      version: 1,
      kind: 'TEXT',
      text: textOf(mark),
      createdAt: new Date().toISOString(),
      sender: { id: 'VXNlcjowMTlhOWY1ZS03YzNkLTdiMWEtOWM1NS0zZjFlMmQ0YzViNmE', handle: 'b019a9f5e7c3d7b1a9c55', displayName: 'Bench' },
    },
  })

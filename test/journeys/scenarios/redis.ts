import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openProxy } from '../../support/tcp-proxy.ts'
import { fillStage, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

const names = ['a', 'b', 'c']

const healthy = async (stage: Stage, name: string) => (await stage.metric(name, 'parley_bus_healthy')) === 1
const allHealthy = (stage: Stage) =>
  stage.until('every node to hear the bus', async () => (await Promise.all(names.map((name) => healthy(stage, name)))).every(Boolean))
const noneHealthy = (stage: Stage) =>
  stage.until('every node to miss the bus', async () => !(await Promise.all(names.map((name) => healthy(stage, name)))).some(Boolean))

const stopped: Scenario = {
  name: 'Redis stopped',
  what: 'Redis is stopped for 20 s under load, and is back',
  async play(stage, { brief }) {
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage)
    const load = stage.load(people, channels, { paceMs: 100 })
    await delay(500)
    stage.fault('Redis is stopped')
    await Promise.all(names.map((name) => stage.door(name).stop()))
    await noneHealthy(stage)
    await delay(brief ? 3_000 : 20_000)
    await Promise.all(names.map((name) => stage.door(name).start()))
    stage.fault('Redis is back')
    await allHealthy(stage)
    await load.stop()
  },
}

const swallowed: Scenario = {
  name: 'Redis swallowed',
  what: 'The network to Redis swallows everything, no connection breaks, and then lets it through',
  async play(stage, { brief }) {
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage)
    const load = stage.load(people, channels)
    const hit = brief ? ['b'] : names
    await delay(500)
    stage.fault(`nothing passes between ${hit.join(', ')} and Redis`)
    for (const name of hit) stage.door(name).pause()
    await stage.until('a node to miss the bus', async () => !(await healthy(stage, 'b')))
    await delay(brief ? 500 : 5_000)
    for (const name of hit) stage.door(name).resume()
    stage.fault('all passes again')
    await allHealthy(stage)
    await load.stop()
  },
}

const slow: Scenario = {
  name: 'Redis slow',
  what: 'Whatever goes to Redis and comes from it takes its time, on one node less than on another',
  async play(stage, { brief }) {
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage)
    const load = stage.load(people, channels)
    await delay(500)
    for (const [place, name] of names.entries()) stage.door(name).slow(place * 150)
    stage.fault('the way to Redis takes b 150 ms and c 300 ms')
    await delay(brief ? 1_500 : 6_000)
    for (const name of names) stage.door(name).slow(0)
    stage.fault('it is quick again')
    await allHealthy(stage)
    await load.stop()
  },
}

const deaf: Scenario = {
  name: 'Redis deaf',
  what: 'Deaf in one direction: a node publishes, and hears nothing',
  async play(stage) {
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage)
    const redis = new URL(stage.redis.directUrl)
    const proxy = await openProxy({ host: redis.hostname, port: Number(redis.port) })
    try {
      redis.port = String(proxy.port)
      const [dan] = people.slice(-1)
      await stage.start('d', redis.href)
      await stage.until('d to hear the bus', () => healthy(stage, 'd'))
      await stage.read('channel', dan!, [channels[0]], { home: 'd' })
      await stage.read('inbox', dan!, channels, { home: 'd' })
      const load = stage.load(people, channels)
      await delay(500)
      const ears = proxy.connections().filter((connection) => /\r\nsubscribe\r\n/i.test(connection.said()))
      if (ears.length === 0) throw new Error('No connection of d listens.')
      for (const ear of ears) ear.mute('to-client')
      stage.fault('d hears nothing')
      await stage.until('d to notice and to connect anew', async () => (await stage.metric('d', 'parley_bus_gaps_total')) > 0)
      await delay(500)
      await load.stop()
      await stage.settle()
      await stage.kill('d')
    } finally {
      await proxy.close()
    }
  },
}

const restarted: Scenario = {
  name: 'Redis restarted',
  what: 'Redis is restarted again and again while everyone publishes',
  async play(stage, { brief }) {
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage)
    const random = stage.random('restarts')
    const load = stage.load(people, channels)
    for (let round = 0; round < (brief ? 2 : 6); round++) {
      await delay(random.between(300, 1_200))
      stage.fault('Redis is restarted')
      await Promise.all(names.map((name) => stage.door(name).restart()))
    }
    await allHealthy(stage)
    await load.stop()
  },
}

/** A payload that nodes hear and that means nothing to them. */
const noise = JSON.stringify({ sessionIds: ['x'.repeat(500_000)] })

const overflow: Scenario = {
  name: 'Redis overflow',
  what: 'A node falls behind until Redis drops it for its buffer (client-output-buffer-limit pubsub)',
  async play(stage) {
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage)
    const redis = new Redis(stage.redis.directUrl)
    const [, before] = (await redis.config('GET', 'client-output-buffer-limit')) as [string, string]
    const listeners = async () =>
      String(await redis.call('CLIENT', 'LIST', 'TYPE', 'pubsub'))
        .split('\n')
        .filter(Boolean).length
    try {
      await redis.config('SET', 'client-output-buffer-limit', 'pubsub 1000000 0 0')
      const load = stage.load(people, channels)
      await delay(500)
      const at = await listeners()
      stage.fault('b reads nothing from Redis')
      stage.door('b').pause()
      await stage.until('Redis to drop b', async () => {
        for (let copy = 0; copy < 4; copy++) await redis.publish('parley:0:accounts.sessions-ended', noise)
        return (await listeners()) < at
      })
      stage.fault('Redis has dropped b')
      stage.door('b').resume()
      await allHealthy(stage)
      await delay(500)
      await load.stop()
    } finally {
      await redis.config('SET', 'client-output-buffer-limit', before).catch(() => {})
      redis.disconnect()
    }
  },
}

export const redisScenarios = [stopped, swallowed, slow, deaf, restarted, overflow]

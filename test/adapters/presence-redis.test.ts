import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createPresenceMemory } from '../../src/adapters/presence-memory.ts'
import { createPresenceRedis } from '../../src/adapters/presence-redis.ts'
import { connectRedis, type RedisConnection } from '../../src/adapters/redis.ts'
import { keptLog } from '../support/log.ts'
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { lapse, presenceContract, sign, timesAfter } from './contracts/presence.ts'

describe.skipIf(!hasRedis)('presence-redis', () => {
  let server: TestRedis
  let direct: Redis
  const connections: RedisConnection[] = []
  beforeAll(async () => {
    server = await startRedis()
    direct = new Redis(server.directUrl)
  })
  afterEach(async () => void (await Promise.all(connections.splice(0).map((redis) => redis.close()))))
  afterAll(async () => {
    direct.disconnect()
    await server.close()
  })

  const node = (prefix: string, url = server.url) => {
    const redis = connectRedis({ url, name: 'presence', log: keptLog() })
    connections.push(redis)
    return { redis, register: createPresenceRedis({ redis, fallback: createPresenceMemory(), prefix }) }
  }
  const newPrefix = () => `test-${crypto.randomUUID()}`
  const key = (prefix: string, name: string) => `${prefix}:{presence}:${name}`

  let prefix = newPrefix()
  let given = 0
  presenceContract('presence-redis', () => node(given++ % 2 === 0 ? (prefix = newPrefix()) : prefix).register)

  it('has nobody gone before all could say that they are here, after a time in which nobody asked', async () => {
    const mine = newPrefix()
    const [here, there] = [node(mine).register, node(mine).register]
    const times = timesAfter(0, 300)
    await here.report([sign('ada'), sign('bob')], times)
    await until(async () => Number(await direct.zscore(key(mine, 'here'), 'ada')) < Date.now())
    expect(await there.lapsed(times)).toEqual([])
    expect(await here.report([sign('ada')], timesAfter(0))).toEqual([])
    expect(await lapse(there, times)).toMatchObject([{ userId: 'bob', status: 'OFFLINE' }])

    await direct.del(key(mine, 'asked'))
    await here.report([sign('eve')], timesAfter(0, 1))
    await until(async () => Number(await direct.zscore(key(mine, 'here'), 'eve')) < Date.now())
    expect(await there.lapsed(timesAfter(0, 60_000))).toEqual([])
    expect(await direct.pttl(key(mine, 'asked'))).toBeGreaterThan(0)
  })

  it('leaves nobody behind in Redis who is not here', async () => {
    const mine = newPrefix()
    const { register } = node(mine)
    const times = timesAfter(0, 50)
    await register.report([sign('ada')], times)
    await lapse(register, times)
    await register.lapsed(timesAfter(1_000))
    await register.typing.hold({ channelId: 'channel', userId: 'ada' }, 1, 1)
    await until(async () => (await register.typing.lapsed()).length > 0)
    const left = async () => (await direct.keys(`${mine}:*`)).filter((name) => !/:(asked|held|changed)$/.test(name))
    await until(async () => (await left()).length === 0)
    expect(await left()).toEqual([])
  })

  it('goes on after Redis has forgotten the scripts, and after it has forgotten everyone', async () => {
    const mine = newPrefix()
    const { register } = node(mine)
    await register.report([sign('ada')], timesAfter(0))
    await direct.script('FLUSH')
    await direct.del(key(mine, 'here'), key(mine, 'awake'), key(mine, 'seen'))
    expect(await register.report([sign('ada')], timesAfter(0))).toMatchObject([{ userId: 'ada', status: 'ONLINE' }])
  })

  it('asks Redis for as many as there are in one go', async () => {
    const { register, redis } = node(newPrefix())
    await register.at(['ada'])
    const sent: string[] = []
    const { sendCommand } = redis.client
    redis.client.sendCommand = (command, ...more) => {
      sent.push(command.name)
      return sendCommand.call(redis.client, command, ...more)
    }
    await register.at(Array.from({ length: 1_000 }, () => crypto.randomUUID()))
    expect(sent).toEqual(['zmscore', 'zmscore', 'zmscore'])
  })

  it('answers from what this node knows while Redis is away, at once, and from all again when it is back', async () => {
    const mine = newPrefix()
    const door = await server.door()
    const [here, there] = [node(mine, door.url), node(mine)] as const
    await here.register.report([sign('ada')], timesAfter(0))
    await there.register.report([sign('bob')], timesAfter(0))
    await door.stop()
    const started = performance.now()
    expect(await here.register.at(['ada', 'bob'])).toMatchObject([{ status: 'ONLINE' }, { status: 'OFFLINE' }])
    expect(await here.register.report([sign('ada'), sign('eve')], timesAfter(0))).toMatchObject([{ userId: 'eve', status: 'ONLINE' }])
    expect(await here.register.typing.hold({ channelId: 'channel', userId: 'ada' }, 60_000, 60_000)).toBe(true)
    expect(await here.register.lapsed(timesAfter(5))).toHaveLength(2)
    expect(performance.now() - started).toBeLessThan(300)
    await door.start()
    await until(async () => (await here.register.at(['bob']))[0]!.status === 'ONLINE')
    expect(await here.register.at(['ada', 'bob', 'eve'])).toMatchObject([{ status: 'ONLINE' }, { status: 'ONLINE' }, { status: 'OFFLINE' }])
    expect(await here.register.report([sign('ada'), sign('eve')], timesAfter(0))).toMatchObject([{ userId: 'eve', status: 'ONLINE' }])
    await door.close()
  })

  it('makes nobody wait for long for a Redis that swallows', async () => {
    const mine = newPrefix()
    const door = await server.door()
    const { register } = node(mine, door.url)
    await register.report([sign('ada')], timesAfter(0))
    door.pause()
    const started = performance.now()
    expect(await register.at(['ada'])).toMatchObject([{ status: 'ONLINE' }])
    expect(performance.now() - started).toBeLessThan(1_000)
    await door.close()
  })
})

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createBusRedis } from '../../src/adapters/bus-redis.ts'
import type { Bus } from '../../src/ports/bus.ts'
import { keptLog } from '../support/log.ts'
import { hasRedis, type RedisDoor, startRedis, type TestRedis } from '../support/redis.ts'
import { openProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { busContract } from './contracts/bus.ts'

describe.skipIf(!hasRedis)('bus-redis', () => {
  let redis: TestRedis
  let direct: Redis
  beforeAll(async () => {
    redis = await startRedis()
    direct = new Redis(redis.directUrl)
  })
  afterAll(async () => {
    direct.disconnect()
    await redis.close()
  })

  const heartbeatMs = 100
  const prefix = `test-${crypto.randomUUID()}`
  busContract('bus-redis', () => createBusRedis({ url: redis.url, log: keptLog(), prefix, heartbeatMs }))

  describe('when things fail', () => {
    const buses: Bus[] = []
    const open: { close(): Promise<void> }[] = []
    afterEach(async () => {
      await Promise.all(buses.splice(0).map((bus) => bus.close()))
      await Promise.all(open.splice(0).map((each) => each.close()))
    })

    const node = (url: string) => {
      const log = keptLog()
      const bus = createBusRedis({ url, log, prefix, heartbeatMs })
      buses.push(bus)
      let gaps = 0
      bus.onGap(() => gaps++)
      const heardOf = async (topic: string) => {
        const heard: unknown[] = []
        await bus.subscribe(topic, (payload) => heard.push(payload))
        return heard
      }
      return { bus, log, gaps: () => gaps, heardOf, whole: () => until(() => bus.healthy()) }
    }
    /** A node behind a door of its own, and one that nothing happens to. */
    const nodes = async () => {
      const door = await redis.door()
      open.push(door)
      const [near, far] = [node(door.url), node(redis.directUrl)]
      await Promise.all([near.whole(), far.whole()])
      return { door, near, far }
    }
    const topic = () => `topic:${crypto.randomUUID()}`
    const timed = async (work: Promise<unknown>) => {
      const start = performance.now()
      await work
      return performance.now() - start
    }

    const outages: [string, (door: RedisDoor) => Promise<void> | void, (door: RedisDoor) => Promise<void> | void, number][] = [
      ['stopped', (door) => door.stop(), (door) => door.start(), 500],
      ['swallowed by the network', (door) => door.pause(), (door) => door.resume(), 2_500],
    ]
    for (const [name, begin, end, mostMs] of outages) {
      it(`goes on without Redis being there (${name}), and says so, and comes back with a gap`, async () => {
        const { door, near, far } = await nodes()
        const [before, during] = [topic(), topic()]
        const heardBefore = await near.heardOf(before)
        const leave = await near.bus.subscribe(topic(), () => {})
        await begin(door)
        leave()
        expect(await timed(near.bus.publish(before, 'lost'))).toBeLessThan(mostMs)
        expect(near.bus.healthy()).toBe(false)
        expect(near.bus.stats().failed).toBe(1)
        expect(await timed(near.bus.publish(before, 'lost too'))).toBeLessThan(500)
        const heardDuring: unknown[] = []
        expect(await timed(near.bus.subscribe(during, (payload) => heardDuring.push(payload)))).toBeLessThan(mostMs)
        expect(far.bus.healthy()).toBe(true)
        expect(near.gaps()).toBe(0)

        await end(door)
        await near.whole()
        expect(near.gaps()).toBe(1)
        await far.bus.publish(before, 'from afar')
        await far.bus.publish(during, 'from afar')
        await near.bus.publish(before, 'from here')
        await until(() => heardBefore.includes('from here') && heardDuring.length > 0)
        expect(heardBefore.filter((payload) => !String(payload).startsWith('lost'))).toEqual(['from afar', 'from here'])
        expect(heardDuring).toEqual(['from afar'])
        expect(far.gaps()).toBe(0)
      })
    }

    it('may begin before Redis does', async () => {
      const door = await redis.door()
      open.push(door)
      await door.stop()
      const { bus, gaps, heardOf, whole } = node(door.url)
      const mine = topic()
      const heard = await heardOf(mine)
      await bus.publish(mine, 'lost')
      expect(bus.healthy()).toBe(false)
      await door.start()
      await whole()
      expect(gaps()).toBe(1)
      await bus.publish(mine, 'heard')
      await until(() => heard.length > 0)
      expect(heard).toEqual(['heard'])
    })

    it('logs an outage once for each connection, not once a try', async () => {
      let tries = 0
      const closing = createServer((socket) => {
        tries++
        socket.resetAndDestroy()
      }).listen(0, '127.0.0.1')
      await once(closing, 'listening')
      const { bus, log } = node(`redis://127.0.0.1:${(closing.address() as AddressInfo).port}`)
      await until(() => tries >= 8)
      await bus.publish('topic', 1)
      expect(log.lines.map(({ message, fields }) => `${message} ${String(fields.connection)}`).toSorted()).toEqual([
        `Redis is away. ${prefix}:publisher`,
        `Redis is away. ${prefix}:subscriber`,
      ])
      closing.close()
    })

    it('takes subscriptions at every moment of a reconnect', async () => {
      const { door, near } = await nodes()
      door.cut()
      const heard: unknown[] = []
      let count = 0
      while (near.gaps() === 0 && count < 50_000) {
        void near.bus.subscribe(`${prefix}:${count++}`, (payload) => heard.push(payload))
        await new Promise(setImmediate)
      }
      expect(near.gaps()).toBe(1)
      for (let topic = 0; topic < count; topic++) await near.bus.publish(`${prefix}:${topic}`, topic)
      await until(() => heard.length === count)
    })

    it('hears again after Redis dropped its subscribers', async () => {
      const { near, far } = await nodes()
      const mine = topic()
      const heard = await near.heardOf(mine)
      const clients = String(await direct.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n')
      for (const client of clients.filter((line) => line.includes(`name=${prefix}:subscriber `)))
        await direct.call('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(client)![1]!)
      await until(() => near.gaps() === 1 && near.bus.healthy())
      await far.bus.publish(mine, 'after')
      await until(() => heard.length > 0)
      expect(heard).toEqual(['after'])
      expect(near.bus.stats().gaps).toBe(1)
    })

    const proxied = async () => {
      const { hostname, port } = new URL(redis.directUrl)
      const proxy = await openProxy({ host: hostname, port: Number(port || 6379) })
      open.push(proxy)
      const url = new URL(redis.directUrl)
      url.host = `127.0.0.1:${proxy.port}`
      const near = node(url.href)
      await near.whole()
      const connection = (kind: 'publisher' | 'subscriber') =>
        proxy.connections().find((each) => each.said().includes(`${prefix}:${kind}`))!
      return { near, far: node(redis.directUrl), connection }
    }

    for (const direction of ['to-client', 'to-server'] as const) {
      it(`notices that it is deaf when nothing passes ${direction} on the subscriber's connection`, async () => {
        const { near, far, connection } = await proxied()
        const [mine, late] = [topic(), topic()]
        const heard = await near.heardOf(mine)
        connection('subscriber').mute(direction)
        const heardLate = direction === 'to-server' ? await near.heardOf(late) : []
        await until(() => near.gaps() > 0 && near.bus.healthy())
        await far.bus.publish(late, 'after')
        await far.bus.publish(mine, 'after')
        await until(() => heard.length > 0)
        expect(heard).toEqual(['after'])
        if (direction === 'to-server') await until(() => heardLate.length > 0)
      })

      it(`goes on when nothing passes ${direction} on the publisher's connection`, async () => {
        const { near, connection } = await proxied()
        const mine = topic()
        const heard = await near.heardOf(mine)
        connection('publisher').mute(direction)
        expect(await timed(near.bus.publish(mine, 'perhaps'))).toBeLessThan(2_500)
        await until(() => near.gaps() > 0 && near.bus.healthy())
        await near.bus.publish(mine, 'surely')
        await until(() => heard.includes('surely'))
      })
    }

    it('speaks of a gap when only its way to Redis was cut for a moment', async () => {
      const { near, far, connection } = await proxied()
      await far.whole()
      connection('publisher').cut()
      await until(() => near.gaps() === 1 && near.bus.healthy())
      expect(far.gaps()).toBe(0)
    })

    it('keeps a bounded number of messages under way, and says that it dropped some', async () => {
      const { near } = await nodes()
      const mine = topic()
      const heard = await near.heardOf(mine)
      const publishing = Array.from({ length: 12_000 }, (_, index) => near.bus.publish(mine, index))
      await publishing.at(-1)
      expect(near.bus.healthy()).toBe(false)
      await Promise.all(publishing)
      expect(near.bus.stats()).toMatchObject({ published: 10_000, failed: 2_000 })
      await until(() => near.gaps() === 1 && near.bus.healthy())
      await until(() => heard.length === 10_000)
    })

    it('notices that Redis dropped it for being slow, though its own end looks open', async () => {
      const { near, far, connection } = await proxied()
      await far.whole()
      const mine = topic()
      const heard = await near.heardOf(mine)
      const limits = (await direct.config('GET', 'client-output-buffer-limit')) as string[]
      await direct.config('SET', 'client-output-buffer-limit', 'pubsub 1mb 1mb 1')
      try {
        connection('subscriber').mute('to-client')
        const much = 'x'.repeat(500_000)
        await until(async () => {
          await far.bus.publish(mine, much)
          return near.gaps() > 0
        })
      } finally {
        await direct.config('SET', 'client-output-buffer-limit', limits[1]!)
      }
      await near.whole()
      await far.bus.publish(mine, 'after')
      await until(() => heard.includes('after'))
      expect(near.log.lines.map(({ message }) => message)).toContain(
        'The bus is deaf: its own heartbeat does not come back. Connecting anew.',
      )
    })

    it('closes in any state without a word', async () => {
      for (const fault of ['cut', 'pause', 'stop'] as const) {
        const { door, near } = await nodes()
        const mine = topic()
        const heard = await near.heardOf(mine)
        await door[fault]()
        const publishing = near.bus.publish(mine, 1)
        expect(await timed(near.bus.close())).toBeLessThan(2_500)
        await publishing
        expect(heard).toEqual([])
      }
      const unborn = node('redis://127.0.0.1:1')
      await unborn.bus.close()
    })
  })

  describe('on the wire', () => {
    const bus = (url: string, log = keptLog()) => createBusRedis({ url, log, prefix, heartbeatMs })
    const subscribers = async (channel: string) => Number((await direct.pubsub('NUMSUB', channel))[1])

    it('subscribes once a topic, however many listen, and no longer than they do', async () => {
      const node = bus(redis.url)
      const channel = `${prefix}:0:shared`
      const ends = [await node.subscribe('shared', () => {}), await node.subscribe('shared', () => {})]
      expect(await subscribers(channel)).toBe(1)
      ends[0]!()
      await node.subscribe('barrier', () => {})
      expect(await subscribers(channel)).toBe(1)
      ends[1]!()
      await until(async () => (await subscribers(channel)) === 0)
      await node.close()
    })

    it('keeps the numbers of databases apart, which Redis does not', async () => {
      const url = new URL(redis.url)
      url.pathname = '/3'
      const [zero, three] = [bus(redis.url), bus(url.href)]
      const heard: string[] = []
      await zero.subscribe('apart', () => heard.push('zero'))
      await three.subscribe('apart', () => heard.push('three'))
      await zero.publish('apart', 1)
      await three.publish('apart', 1)
      await three.publish('apart', 1)
      await until(() => heard.length >= 3)
      expect(heard.toSorted()).toEqual(['three', 'three', 'zero'])
      await Promise.all([zero.close(), three.close()])
    })

    it('signs in with the name and password of its URL, and never logs them', async () => {
      const password = 'p@ss:/word'
      const user = `user-${crypto.randomUUID()}`
      await direct.acl('SETUSER', user, 'on', `>${password}`, '~*', '&*', '+@all')
      const url = new URL(redis.url)
      url.username = user
      url.password = encodeURIComponent(password)
      const welcome = bus(url.href)
      await until(() => welcome.healthy())
      await welcome.close()

      url.password = encodeURIComponent('wrong-password')
      const log = keptLog()
      const refused = bus(url.href, log)
      await until(() => log.lines.length >= 2)
      expect(log.lines[0]).toMatchObject({ message: 'Redis is away.', fields: { reason: expect.stringContaining('WRONGPASS') } })
      expect(JSON.stringify(log.lines)).not.toContain('wrong-password')
      expect(refused.healthy()).toBe(false)
      await refused.close()
      await direct.acl('DELUSER', user)
    })

    it('speaks TLS to a rediss: URL, checks who answers, and names the host it wants', async () => {
      const pem = await readFile(new URL('../support/localhost.pem', import.meta.url), 'utf8')
      const { hostname, port } = new URL(redis.directUrl)
      const names: unknown[] = []
      const sockets = new Set<Socket>()
      const terminator = createTlsServer({ cert: pem, key: pem }, (socket) => {
        names.push(socket.servername)
        const far = connect({ host: hostname, port: Number(port || 6379) })
        for (const each of [socket, far]) sockets.add(each.on('error', () => {}))
        socket.pipe(far).pipe(socket)
      }).listen(0, '127.0.0.1')
      terminator.on('tlsClientError', () => {})
      await once(terminator, 'listening')
      const url = `rediss://localhost:${(terminator.address() as AddressInfo).port}`

      const log = keptLog()
      const careful = bus(url, log)
      await until(() => log.lines.length >= 2)
      expect(log.lines[0]?.fields.reason).toContain('self-signed certificate')
      await careful.close()

      setDefaultCACertificates([...getCACertificates('default'), pem])
      const trusting = bus(url)
      await until(() => trusting.healthy())
      expect(names).toContain('localhost')
      await trusting.close()
      for (const socket of sockets) socket.destroy()
      terminator.close()
    })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bustle, gauges } from '../../bench/support/bustle.ts'
import type { Person } from '../support/people.ts'
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts'
import { seedGroup, seedPerson } from '../support/seed.ts'
import { connect } from '../support/socket.ts'
import { until } from '../support/until.ts'
import { createWorld, type World } from '../support/world.ts'

// `npm run bench -- soak` does the same for minutes, and looks at the heap, too.

const counted = ['parley_sockets', 'parley_subscriptions', 'parley_people', 'parley_topics', 'parley_bus_topics'] as const
const socketsPerUser = 2

describe.skipIf(!hasRedis)('when everybody has gone', () => {
  let redis: TestRedis
  let world: World
  beforeAll(async () => {
    redis = await startRedis()
    world = await createWorld({ env: { REDIS_URL: redis.url, LIMIT_SOCKETS_PER_USER: String(socketsPerUser) } })
  })
  afterAll(async () => {
    await world.stop()
    await redis.close()
  })

  it('nothing of them is left: no socket, no subscription, no topic, nobody here, nothing counted for anyone', async () => {
    const people = await Promise.all(Array.from({ length: 24 }, () => seedPerson(world)))
    const [owner, ...others] = people as [Person, ...Person[]]
    const rooms = await Promise.all(Array.from({ length: 4 }, () => seedGroup(world, { owners: [owner], members: others })))
    const idle = await gauges(world.url, counted)
    expect(idle).toEqual([0, 0, 0, 0, 1])
    const started = performance.now()
    let busiest = idle
    const done = await bustle({
      url: world.url,
      people,
      channelIds: rooms.map(({ id }) => id),
      workers: 8,
      until: () => {
        void gauges(world.url, counted).then((now) => (busiest = busiest.map((most, place) => Math.max(most, now[place]!))))
        return performance.now() - started > 3_000
      },
    })
    expect(done.visits).toBeGreaterThan(8)
    expect(done.heard).toBeGreaterThan(done.said)
    for (const most of busiest) expect(most).toBeGreaterThan(1)
    await until(async () => (await gauges(world.url, counted)).every((now, place) => now === idle[place]), 5_000)

    // What is counted for each person: as many sockets and event streams as for somebody new.
    for (const { token } of others) {
      const params = { authorization: `Bearer ${token}` }
      const sockets = await Promise.all(Array.from({ length: socketsPerUser }, async () => (await connect(world.url)).init(params)))
      await Promise.all(sockets.map((socket) => socket.close()))
    }
  })
})

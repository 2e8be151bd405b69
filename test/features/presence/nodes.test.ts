import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { act } from '../../support/channels.ts'
import { createClient } from '../../support/client.ts'
import { startNode } from '../../support/node-process.ts'
import { type Person, personOf, query } from '../../support/people.ts'
import { createDatabase, type TestDatabase } from '../../support/postgres.ts'
import { hasRedis, type RedisDoor, startRedis, type TestRedis } from '../../support/redis.ts'
import { seedGroup, seedPerson } from '../../support/seed.ts'
import { connect } from '../../support/socket.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'
import { openInbox, type, watch } from './watch.ts'

// Those that wait for a lease to run out wait beside each other.
describe.skipIf(!hasRedis)('presence on several nodes', { concurrent: true, timeout: 40_000 }, () => {
  let database: TestDatabase
  let redis: TestRedis
  let door: RedisDoor
  let here: World
  let there: World
  let apart: World
  let doomed: Awaited<ReturnType<typeof startNode>>
  beforeAll(async () => {
    database = await createDatabase()
    redis = await startRedis()
    door = await redis.door()
    there = await createWorld({ databaseUrl: database.url, env: { REDIS_URL: redis.url } })
    here = await createWorld({ databaseUrl: database.url, env: { REDIS_URL: redis.url } })
    apart = await createWorld({ databaseUrl: database.url, env: { REDIS_URL: door.url } })
    doomed = await startNode({ DATABASE_URL: database.url, REDIS_URL: redis.url })
  })
  afterAll(async () => {
    await doomed.kill()
    await Promise.all([here, there, apart].map((world) => world.stop()))
    await redis.close()
    await database.drop()
  })

  const three = async () => Promise.all([seedPerson(there), seedPerson(there), seedPerson(there)])
  const on = (url: string, { token }: Person) => connect(url).then((socket) => socket.init({ authorization: `Bearer ${token}` }))
  const sees = async (world: World, { token }: Person, { id }: Person): Promise<string> => {
    const { node } = await query<{ node: { presence: { status: string } } }>(
      createClient(world.url, { token }),
      'query ($id: ID!) { node(id: $id) { ... on User { presence { status } } } }',
      { id },
    )
    return node.presence.status
  }

  it('someone is the best of their connections on all nodes, and gone 10 to 15 s after the last one', async () => {
    const [ada, bob] = await three()
    await seedGroup(there, { owners: [ada], members: [bob] })
    const watching = await watch(there.url, ada, bob)
    expect(await watching.next()).toBe(`${bob.handle} OFFLINE`)
    const [one, other] = [await on(doomed.url, bob), await on(there.url, bob)]
    expect(await watching.next()).toBe(`${bob.handle} ONLINE`)
    await one.close()
    await other.close()
    // Whoever comes back in time has never been gone.
    await (await on(there.url, bob)).close()
    const left = performance.now()
    expect(await watching.next()).toBe(`${bob.handle} OFFLINE`)
    expect(performance.now() - left).toBeGreaterThan(10_000)
    expect(performance.now() - left).toBeLessThan(15_000)
    await watching.socket.close()
  })

  it('who was on a node that is killed is gone within 15 s, and stops typing; not who has come back to another one', async () => {
    const [ada, bob, eve] = await three()
    const channel = await seedGroup(there, { owners: [ada], members: [bob, eve] })
    const [watching, inbox] = [await watch(there.url, ada, bob, eve), await openInbox(there.url, ada)]
    for (const { handle } of [bob, eve]) expect(await watching.next()).toBe(`${handle} OFFLINE`)
    await on(doomed.url, bob)
    expect(await watching.next()).toBe(`${bob.handle} ONLINE`)
    await on(doomed.url, eve)
    expect(await watching.next()).toBe(`${eve.handle} ONLINE`)
    await type({ ...bob, client: createClient(doomed.url, { token: bob.token }) }, channel)
    for (let next = ''; next !== `${bob.handle} types`; ) next = await inbox.next()

    await doomed.kill()
    const killed = performance.now()
    const back = await on(there.url, eve)
    expect(await inbox.next()).toBe(`${bob.handle} stops`)
    expect(performance.now() - killed).toBeLessThan(8_000)
    expect(await watching.next()).toBe(`${bob.handle} OFFLINE`)
    expect(performance.now() - killed).toBeLessThan(15_000)
    expect(await sees(there, ada, eve)).toBe('ONLINE')
    watching.socket.nothingMore()
    await Promise.all([watching.socket, inbox.socket, back].map((socket) => socket.close()))
  })

  it('typing is told once and ends once, whichever node hears of it', async () => {
    const [ada, bob] = await three()
    const channel = await seedGroup(there, { owners: [ada], members: [bob] })
    const inbox = await openInbox(there.url, bob)
    inbox.without('MessageAdded')
    const elsewhere = personOf(here, ada)
    await type(ada, channel)
    await type(elsewhere, channel)
    await type(elsewhere, channel, false)
    await type(elsewhere, channel)
    for (const what of ['types', 'stops', 'types']) expect(await inbox.next()).toBe(`${ada.handle} ${what}`)
    await act(elsewhere, 'sendMessage', { channelId: channel.id, text: 'Hello', clientId: crypto.randomUUID() })
    expect(await inbox.next()).toBe(`${ada.handle} stops`)
    await type(ada, channel)
    expect(await inbox.next()).toBe(`${ada.handle} types`)
    await inbox.socket.close()
  })

  it('without Redis each node knows its own, keeps nobody waiting, and joins in again', async () => {
    const [ada, bob, eve] = await three()
    const channel = await seedGroup(there, { owners: [ada], members: [bob, eve] })
    const sockets = [await on(apart.url, bob), await on(there.url, eve)]
    for (const world of [apart, there])
      for (const other of [bob, eve]) await until(async () => (await sees(world, ada, other)) === 'ONLINE')
    const watching = await watch(there.url, ada, bob)
    expect(await watching.next()).toBe(`${bob.handle} ONLINE`)

    await door.stop()
    const stopped = performance.now()
    expect([await sees(apart, ada, bob), await sees(apart, ada, eve)]).toEqual(['ONLINE', 'OFFLINE'])
    await type(personOf(apart, ada), channel)
    expect(performance.now() - stopped).toBeLessThan(1_500)
    await door.start()
    await until(async () => (await sees(apart, ada, eve)) === 'ONLINE')
    expect(await sees(there, ada, bob)).toBe('ONLINE')
    watching.socket.nothingMore()
    await Promise.all([...sockets, watching.socket].map((socket) => socket.close()))
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../support/client.ts'
import { mutate, type Person, password, personOf, signIn, signUp, tokenIn, viewerOf } from '../../support/people.ts'
import { createDatabase, type TestDatabase } from '../../support/postgres.ts'
import { hasRedis, startRedis, type TestRedis } from '../../support/redis.ts'
import { createWorld, type World } from '../../support/world.ts'

// Two nodes on one database: what ends on the one ends on the other.

const ways: [string, (here: Person, there: Person, node: World) => Promise<unknown>][] = [
  ['revokeOtherSessions', (here) => mutate(here.client, 'revokeOtherSessions', null)],
  ['signOut', (_here, { token }, node) => mutate(createClient(node.url, { token }), 'signOut', null)],
  ['changePassword', (here) => mutate(here.client, 'changePassword', { current: password, new: 'another password' })],
  ['deleteAccount', (here) => mutate(here.client, 'deleteAccount', { password })],
  [
    'resetPassword',
    async ({ email }, _there, node) => {
      const anyone = createClient(node.url)
      await mutate(anyone, 'requestPasswordReset', { email })
      await mutate(anyone, 'resetPassword', { token: tokenIn(await node.mailTo(email)), password: 'another password' })
    },
  ],
]

function suite(redisUrl: () => string | null) {
  let database: TestDatabase
  let nodes: [World, World]
  beforeAll(async () => {
    database = await createDatabase()
    const url = redisUrl()
    const env: Record<string, string> = url ? { REDIS_URL: url } : {}
    nodes = [await createWorld({ databaseUrl: database.url, env }), await createWorld({ databaseUrl: database.url, env })]
  })
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    await database.drop()
  })

  it.each(ways)('%s on one node closes the sockets on the other within 2 s, and its next request is refused', async (name, end) => {
    const here = await signUp(nodes[0], name.toLowerCase())
    const there = personOf(nodes[1], await signIn(nodes[0], here))
    const socket = await there.connect()
    await end(here, there, nodes[0])
    const ended = performance.now()
    expect(await viewerOf(there.client)).toBe('UNAUTHENTICATED')
    expect(await socket.closed(2_000)).toMatchObject({ code: 4403 })
    expect(performance.now() - ended).toBeLessThan(2_000)
  })
}

describe('with nothing between them', () => {
  suite(() => null)
})

describe.skipIf(!hasRedis)('with Redis between them', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())

  suite(() => redis.url)
})

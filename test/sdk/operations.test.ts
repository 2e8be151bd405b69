import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema, getOperationAST, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { costOf } from '../../src/graphql/cost.ts'
import { dependencesOf } from '../../src/graphql/dependence.ts'
import { schema as served } from '../../src/graphql/schema.ts'
import { mutations, queries, subscriptions } from '../../src/sdk/documents.ts'
import { createParley, type InvalidInput, isFailure, type Parley, unwrap } from '../../src/sdk/index.ts'
import type { Person } from '../support/people.ts'
import { parleyOf } from '../support/sdk.ts'
import { type SeededChannel, seedGroup, seedPerson } from '../support/seed.ts'
import { createWorld, type World } from '../support/world.ts'

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'))

describe('the SDK', () => {
  const fields = (type: ReturnType<typeof schema.getQueryType>) => Object.keys(type!.getFields()).toSorted()

  it('has a function for every mutation and every subscription', () => {
    expect(Object.keys(mutations).toSorted()).toEqual(fields(schema.getMutationType()))
    expect(Object.keys(subscriptions).toSorted()).toEqual(fields(schema.getSubscriptionType()))
  })

  it('knows every event', () => {
    const events = schema.getPossibleTypes(schema.getType('InboxEvent') as never).map(({ name }) => name)
    expect(events.filter((name) => !subscriptions.inboxEvents.includes(`...on ${name}{`))).toEqual([])
  })

  it('listens in a way that lets the server answer all at once', () => {
    const dependences = [...dependencesOf(served, parse(subscriptions.inboxEvents))]
    expect(dependences.length).toBeGreaterThan(10)
    // Each reader's own are only what is told to themselves alone.
    const own = ['NotificationAdded', 'NotificationChanged', 'ViewerChanged']
    expect(dependences.flatMap(([type, { viewer }]) => (viewer && !own.includes(type) ? [type] : []))).toEqual([])
  })

  it.each(Object.entries({ ...queries, ...mutations, ...subscriptions }))('asks for no more than is allowed: %s', (_name, text) => {
    const document = parse(text, { maxTokens: 1_000 })
    expect(getOperationAST(document)).toBeTruthy()
    // The largest pages that the SDK itself asks for.
    expect(
      costOf(schema, document, null, { first: text.includes('messages(') ? 30 : text.includes('query Members') ? 100 : 50 }),
    ).toBeLessThanOrEqual(5_000)
  })
})

describe('an operation', () => {
  let world: World
  let ada: Person
  let room: SeededChannel
  let parley: Parley
  beforeAll(async () => {
    world = await createWorld({ env: { RATE_LIMITS: 'on', RATE_LIMIT_SEND: '1/h' } })
    ada = await seedPerson(world)
    room = await seedGroup(world, { owners: [ada] })
    parley = parleyOf(world.url, ada)
  })
  afterAll(() => world.stop())

  it('answers with the member of its union', async () => {
    const outcome = await parley.sendMessage({ channelId: room.id, text: 'Hello' })
    expect(outcome.__typename).toBe('SendMessagePayload')
    if (outcome.__typename === 'SendMessagePayload') expectTypeOf(outcome.message.text).toEqualTypeOf<string | null>()
    if (outcome.__typename === 'RateLimited') expectTypeOf(outcome.retryAfterMs).toEqualTypeOf<number>()
    expect(isFailure(outcome)).toBe(false)
  })

  it('unwrapped gives the payload, or throws by the kind of its refusal', async () => {
    const { channel } = await unwrap(parley.createChannel({ kind: 'GROUP', name: 'Kitchen' }))
    expect(channel).toMatchObject({ kind: 'GROUP', name: 'Kitchen', memberCount: 1 })
    const limited = await unwrap(parley.sendMessage({ channelId: room.id, text: 'Again' })).catch((error: unknown) => error)
    expect(limited).toMatchObject({ name: 'RateLimited', code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
    const invalid = (await unwrap(parley.createChannel({ kind: 'GROUP', name: '' })).catch((error: unknown) => error)) as InvalidInput
    expect(invalid).toMatchObject({ name: 'InvalidInput', code: 'INVALID_INPUT' })
    expect(invalid.issues).toEqual([{ path: 'input.name', reason: expect.any(String) }])
    await expect(unwrap(parley.leaveChannel({ channelId: 'nowhere' }))).rejects.toMatchObject({ name: 'NotFound' })
  })

  it('reads with a query’s field', async () => {
    const viewer = await parley.viewer()
    expect(viewer?.user.handle).toBe(ada.handle)
    expect((await parley.channel({ id: room.id }))?.id).toBe(room.id)
    expect(await parley.channel({ id: 'nowhere' })).toBe(null)
    expect(await parley.request<{ viewer: { user: { id: string } } }, object>('{ viewer { user { id } } }')).toEqual({
      viewer: { user: { id: ada.id } },
    })
  })

  it('throws what the server says at the top level, and that nothing answers', async () => {
    await expect(createParley({ url: world.url }).markRead({ channelId: room.id, seq: 1 })).rejects.toMatchObject({
      name: 'RequestFailed',
      code: 'UNAUTHENTICATED',
    })
    await expect(createParley({ url: 'http://127.0.0.1:9' }).viewer()).rejects.toMatchObject({ name: 'Unreachable', code: 'UNREACHABLE' })
    const page = createServer((_request, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>')).listen(0, '127.0.0.1')
    await once(page, 'listening')
    const { port } = page.address() as AddressInfo
    const answered = { name: 'Unreachable', message: 'The server answered 502, and not with GraphQL.' }
    await expect(createParley({ url: `http://127.0.0.1:${port}` }).viewer()).rejects.toMatchObject(answered)
    page.close()
  })

  it('renews a token that was refused, once', async () => {
    const asked: (string | undefined)[] = []
    const of = (next: string) =>
      createParley({
        url: world.url,
        getToken: ({ refused }) => {
          asked.push(refused)
          return refused === undefined ? 'old' : next
        },
      })
    expect((await of(ada.token).viewer())?.user.id).toBe(ada.id)
    expect(asked.splice(0)).toEqual([undefined, 'old'])
    await expect(of('older').viewer()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(asked).toEqual([undefined, 'old'])
  })
})

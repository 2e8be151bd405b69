import { buildSchema, GraphQLError, type GraphQLObjectType } from 'graphql'
import { createMetrics } from '../../src/adapters/metrics.ts'
import { readEnv } from '../../src/env.ts'
import { BadCredentials, Forbidden, InvalidInput, RateLimited, Unauthenticated } from '../../src/kernel/errors.ts'
import type { Viewer } from '../../src/ports/sessions.ts'
import type { Caller } from '../../src/transport/call.ts'
import type { Obstacle } from '../../src/transport/health.ts'
import { createServer, type ServerSettings } from '../../src/transport/server.ts'
import type { Timings } from '../../src/transport/timings.ts'
import { keptLog } from './log.ts'

type Options = Partial<Omit<ServerSettings, 'limits' | 'rates'>> & {
  limits?: Partial<ServerSettings['limits']>
  rates?: Partial<ServerSettings['rates']>
  timings?: Partial<Timings>
  readiness?: () => Promise<Obstacle | null>
}

/**
 * The transport alone, listening, with a small schema of its own: no database, no rooms. Sessions are a map of tokens, which a
 * test ends by deleting; `gate` holds the field of that name until it is opened, and where `isSlow`, whoever asks who it is.
 */
export async function createEdge({ limits, rates, timings, readiness = async () => null, ...settings }: Options = {}) {
  const { limits: usual, ...env } = readEnv({ PORT: '0', NODE_ENV: 'test' })
  const tokens = new Map<string, Viewer>([
    ['of-ada', viewer('ada')],
    ['of-bob', viewer('bob')],
  ])
  const log = keptLog()
  const trouble = { sessions: null as Error | null, isSlow: false }
  const seen = { sweeps: [] as (readonly string[])[], added: [] as unknown[] }
  const gate = createGate()
  const ticks = createTicks()
  const metrics = createMetrics()

  const server = createServer({
    settings: { ...env, host: '127.0.0.1', ...settings, limits: { ...usual, ...limits }, rates: { ...env.rates, ...rates } },
    schema: smallSchema({ gate, ticks, seen }),
    contextFor: (caller) => ({ ...caller }),
    sessions: {
      validate: async (token) => {
        if (trouble.sessions) throw trouble.sessions
        if (trouble.isSlow) await gate.wait()
        return tokens.get(token) ?? null
      },
      alive: async (ids) => {
        seen.sweeps.push(ids)
        if (trouble.sessions) throw trouble.sessions
        const alive = new Set([...tokens.values()].map(({ sessionId }) => sessionId))
        return new Set(ids.filter((id) => alive.has(id)))
      },
    },
    readiness,
    isUnavailable: (error) => error instanceof Error && error.message === 'The database is away.',
    clock: { now: () => new Date() },
    log,
    metrics,
    timings: { drainSpread: 50, drain: 2_000, ...timings },
  })
  const { url, port } = await server.listen()
  return { url, port, server, tokens, lines: log.lines, trouble, seen, gate, ticks, metrics }
}

export type Edge = Awaited<ReturnType<typeof createEdge>>

const viewer = (name: string): Viewer => ({ userId: name, role: 'USER', sessionId: `session-of-${name}` })

/** Holds whoever comes until it is opened; `reached` resolves when somebody has come. */
function createGate() {
  let entered = Promise.withResolvers<void>()
  let opened = Promise.withResolvers<void>()
  return {
    get reached() {
      return entered.promise
    },
    open() {
      opened.resolve()
      entered = Promise.withResolvers()
      opened = Promise.withResolvers()
    },
    async wait() {
      entered.resolve()
      await opened.promise
    },
  }
}

/** A source of events that knows who listens. */
function createTicks() {
  const listeners = new Set<(value: number | Error) => void>()
  let opened = 0
  return {
    listening: () => listeners.size,
    opened: () => opened,
    send(value: number | Error) {
      for (const listener of listeners) listener(value)
    },
    stream(): AsyncIterableIterator<{ tick: number }> {
      const queue: (number | Error)[] = []
      let wake: (() => void) | null = null
      let over = false
      const listener = (value: number | Error) => {
        queue.push(value)
        wake?.()
      }
      listeners.add(listener)
      opened++
      return {
        [Symbol.asyncIterator]() {
          return this
        },
        async next() {
          if (queue.length === 0 && !over) await new Promise<void>((resolve) => (wake = resolve))
          if (over) return { done: true, value: undefined }
          const value = queue.shift()!
          if (value instanceof Error) {
            listeners.delete(listener)
            throw value
          }
          return { done: false, value: { tick: value } }
        },
        async return() {
          over = true
          listeners.delete(listener)
          wake?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

type World = { seen: { added: unknown[] }; gate: ReturnType<typeof createGate>; ticks: ReturnType<typeof createTicks> }
type Resolve = (source: unknown, args: Record<string, unknown>, caller: Caller) => unknown

const failures: Record<string, () => Error> = {
  bug: () => new Error('secret detail'),
  away: () => new Error('The database is away.'),
  forbidden: () => new Forbidden('Not you.'),
  invalid: () => new InvalidInput([{ path: 'why', reason: 'No.' }]),
  often: () => new RateLimited(1_500),
  credentials: () => new BadCredentials('No such person.'),
  unauthenticated: () => new Unauthenticated(),
  graphql: () => new GraphQLError('secret detail'),
}

function smallSchema({ gate, ticks, seen }: World) {
  const schema = buildSchema(`
    type Query {
      "Who is asking, as the transport found out."
      me: String
      session: String
      device: Device!
      echo(text: String, number: Int, pair: Pair): String
      item: Item!
      items: [Item!]!
      page(first: Int, last: Int): ItemConnection!
      fail(why: String!): String
      failHard(why: String!): String!
      gate: Boolean!
      wrongType: Int
    }
    input Pair { left: Int!, password: String }
    type Device { ipAddress: String userAgent: String }
    type Item { id: ID! item: Item! items: [Item!]! page(first: Int, last: Int): ItemConnection! }
    type ItemConnection { edges: [ItemEdge!]! nodes: [Item!]! pageInfo: PageInfo! totalCount: Int! }
    type ItemEdge { cursor: String! node: Item! }
    type PageInfo { hasNextPage: Boolean! }
    type Mutation {
      add(text: String): String
      signIn(token: String!): String
      signOut: Boolean
      gate: Boolean!
    }
    type Subscription {
      tick: Int
      lateTick: Int
      failing(why: String!): Int
      item: Item
    }
  `)
  const item = (): object => ({ id: '1', item, items: () => [], page: () => connection })
  const connection = { edges: () => [], nodes: () => [], pageInfo: { hasNextPage: false }, totalCount: 0 }
  const fail: Resolve = (_source, { why }) => {
    throw failures[String(why)]!()
  }
  const waitAtGate: Resolve = async () => {
    await gate.wait()
    return true
  }
  const resolvers: Record<string, Record<string, Resolve>> = {
    Query: {
      me: (_source, _args, { viewer }) => viewer?.userId ?? null,
      session: (_source, _args, { viewer }) => viewer?.sessionId ?? null,
      device: (_source, _args, { device }) => device,
      echo: (_source, { text }) => text,
      item,
      items: () => [item()],
      page: () => connection,
      fail,
      failHard: fail,
      gate: waitAtGate,
      wrongType: () => 'secret detail',
    },
    Mutation: {
      add: (_source, { text }) => {
        seen.added.push(text)
        return text
      },
      signIn: (_source, { token }, { cookie }) => {
        cookie.set(String(token), new Date(Date.now() + 1_000_000))
        return token
      },
      signOut: (_source, _args, { cookie }) => {
        cookie.clear()
        return true
      },
      gate: waitAtGate,
    },
  }
  for (const [name, fields] of Object.entries(resolvers)) {
    const type = schema.getType(name) as GraphQLObjectType
    for (const [field, resolve] of Object.entries(fields)) type.getFields()[field]!.resolve = resolve as never
  }
  const subscriptions = schema.getSubscriptionType()!.getFields()
  subscriptions.tick!.subscribe = (_source, _args, { viewer }: Caller) => {
    if (!viewer) throw new Unauthenticated()
    return ticks.stream()
  }
  subscriptions.lateTick!.subscribe = async () => {
    await gate.wait()
    return ticks.stream()
  }
  subscriptions.lateTick!.resolve = (event: { tick: number }) => event.tick
  subscriptions.failing!.subscribe = fail as never
  return schema
}

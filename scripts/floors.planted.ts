// A small house for scripts/floors.ts to look at: first what is allowed, then every rule broken once.

/** Nothing here may be caught. */
export const house: Record<string, string> = {
  'package.json': JSON.stringify({
    dependencies: { graphql: '*', 'graphql-ws': '*', ws: '*', ioredis: '*' },
    devDependencies: { vitest: '*' },
  }),
  'tsconfig.json': JSON.stringify({ compilerOptions: { module: 'NodeNext', allowImportingTsExtensions: true, noEmit: true } }),
  'test/world.ts': `export const world = 1`,

  'src/start.mjs': `import './main.ts'`,
  'src/main.ts': `import { compose } from './compose.ts'\nimport { readEnv } from './env.ts'\ncompose(readEnv())`,
  'src/compose/connections.ts': `import { redisBus } from '../adapters/redis-bus.ts'\nexport const connectBus = redisBus`,
  'src/compose.ts': `import { connectBus } from './compose/connections.ts'
    import { startPostgres } from './embedded/postgres.ts'
    import { createAlpha } from './features/alpha/alpha.ts'
    import { createBeta } from './features/beta/beta.ts'
    import { createHub } from './realtime/hub.ts'
    import { listen } from './transport/server.ts'
    export const compose = (env: object) => [env, connectBus, startPostgres, createAlpha, createBeta, createHub, listen]`,
  'src/env.ts': `import { rate } from './kernel/rate.ts'\nexport const readEnv = () => ({ ...process.env, rate })`,
  'src/kernel/rate.ts': `// Never process.env here.\nexport const rate = 1\nexport type Rate = typeof rate`,
  'src/ports/bus.ts': `import type { Rate } from '../kernel/rate.ts'\nexport type Bus = { rate: Rate }`,
  'src/adapters/redis.ts': `import { Redis } from 'ioredis'\nexport const redis = () => new Redis()`,
  'src/adapters/redis-bus.ts': `import type { Bus } from '../ports/bus.ts'\nimport { redis } from './redis.ts'\nexport const redisBus = (bus: Bus) => [bus, redis]`,
  'src/realtime/hub.ts': `import type { Bus } from '../ports/bus.ts'\nexport const createHub = (bus: Bus) => bus`,
  'src/embedded/postgres.ts': `export const startPostgres = (env: NodeJS.ProcessEnv) => env`,
  'src/features/alpha/alpha.ts': `import type { Beta } from '../beta/beta.ts'\nimport { rate } from '../../kernel/rate.ts'
    export const createAlpha = (beta: Beta) => [beta, rate]\nexport type Alpha = typeof createAlpha`,
  'src/features/alpha/alpha.graphql.ts': `import { builder } from '../../graphql/builder.ts'\nimport { betaType } from '../beta/beta.graphql.ts'\nbuilder(betaType)`,
  'src/features/beta/beta.ts': `import type { Alpha } from '../alpha/alpha.ts'\nexport const createBeta = (alpha: () => Alpha) => alpha\nexport type Beta = typeof createBeta`,
  'src/features/beta/beta.graphql.ts': `import { builder } from '../../graphql/builder.ts'\nexport const betaType = builder(1)`,
  'src/graphql/builder.ts': `import type { Alpha } from '../features/alpha/alpha.ts'\nimport { GraphQLError } from 'graphql'
    export const builder = (alpha: unknown) => [alpha as Alpha, GraphQLError]`,
  'src/graphql/schema.ts': `import '../features/alpha/alpha.graphql.ts'\nexport { builder as schema } from './builder.ts'`,
  'src/transport/server.ts': `import { WebSocketServer } from 'ws'\nimport { schema } from '../graphql/schema.ts'\nexport const listen = [WebSocketServer, schema]`,
  'src/sdk/live.ts': `import { createClient } from 'graphql-ws/client'\nexport const live = createClient`,
  'src/sdk/index.ts': `export { live } from './live.ts'`,
  'src/attic/trunk.ts': `export const trunk = 1`,
}

/** Each must be caught, by its rule. */
export const planted: readonly { rule: string; file: string; text: string }[] = [
  { rule: 'down-from-kernel', file: 'src/kernel/up.ts', text: `import type { Bus } from '../ports/bus.ts'\nexport type Up = Bus` },
  { rule: 'down-from-ports', file: 'src/ports/up.ts', text: `import { redis } from '../adapters/redis.ts'\nexport const up = redis` },
  {
    rule: 'down-from-outside',
    file: 'src/adapters/up.ts',
    text: `import type { Alpha } from '../features/alpha/alpha.ts'\nexport type Up = Alpha`,
  },
  {
    rule: 'down-from-rooms',
    file: 'src/features/alpha/up.ts',
    text: `import type { builder } from '../../graphql/builder.ts'\nexport type Up = typeof builder`,
  },
  {
    rule: 'down-from-graphql',
    file: 'src/features/alpha/up.graphql.ts',
    text: `import { listen } from '../../transport/server.ts'\nexport const up = listen`,
  },
  { rule: 'down-from-transport', file: 'src/transport/up.ts', text: `import { compose } from '../compose.ts'\nexport const up = compose` },
  {
    rule: 'every-file-has-a-floor',
    file: 'src/transport/lost.ts',
    text: `import { trunk } from '../attic/trunk.ts'\nexport const lost = trunk`,
  },
  {
    rule: 'neighbours-keep-apart',
    file: 'src/adapters/neighbour.ts',
    text: `import { createHub } from '../realtime/hub.ts'\nexport const neighbour = createHub`,
  },
  { rule: 'no-cycle-of-values', file: 'src/kernel/egg.ts', text: `import { hen } from './hen.ts'\nexport const egg = (): unknown => hen` },
  { rule: 'no-cycle-of-values', file: 'src/kernel/hen.ts', text: `import { egg } from './egg.ts'\nexport const hen = (): unknown => egg` },
  {
    rule: 'room-without-graphql',
    file: 'src/features/alpha/graphql.ts',
    text: `import { GraphQLError } from 'graphql'\nexport const error = GraphQLError`,
  },
  {
    rule: 'room-without-graphql',
    file: 'src/features/alpha/pothos.ts',
    text: `import type SchemaBuilder from '@pothos/core'\nexport type Builder = typeof SchemaBuilder`,
  },
  {
    rule: 'room-without-graphql',
    file: 'src/features/alpha/yoga.ts',
    text: `import { createYoga } from 'graphql-yoga'\nexport const yoga = createYoga`,
  },
  {
    rule: 'room-without-graphql',
    file: 'src/features/alpha/ws.ts',
    text: `import type { WebSocket } from 'ws'\nexport type Socket = WebSocket`,
  },
  { rule: 'room-without-graphql', file: 'src/features/alpha/ioredis.ts', text: `export const redis = () => import('ioredis')` },
  { rule: 'room-without-graphql', file: 'src/features/alpha/resend.ts', text: `export * from 'resend'` },
  { rule: 'room-without-graphql', file: 'src/features/alpha/lucia.ts', text: `import { Lucia } from 'lucia'\nexport const lucia = Lucia` },
  {
    rule: 'room-without-schema',
    file: 'src/features/alpha/schema.graphql.ts',
    text: `import type { schema } from '../../graphql/schema.ts'\nexport type Schema = typeof schema`,
  },
  {
    rule: 'rooms-meet-by-type',
    file: 'src/features/alpha/beta.ts',
    text: `import { createBeta } from '../beta/beta.ts'\nexport const beta = createBeta`,
  },
  {
    rule: 'rooms-meet-by-type',
    file: 'src/features/alpha/beta.graphql.ts',
    text: `import { createBeta } from '../beta/beta.ts'\nexport const beta = createBeta`,
  },
  {
    rule: 'transport-without-rooms',
    file: 'src/transport/room.ts',
    text: `import type { Alpha } from '../features/alpha/alpha.ts'\nexport type Room = Alpha`,
  },
  {
    rule: 'realtime-without-rooms',
    file: 'src/realtime/room.ts',
    text: `import type { Alpha } from '../features/alpha/alpha.ts'\nexport type Room = Alpha`,
  },
  {
    rule: 'only-compose-takes-adapters',
    file: 'src/graphql/adapter.ts',
    text: `import type { redis } from '../adapters/redis.ts'\nexport type Adapter = typeof redis`,
  },
  {
    rule: 'only-the-top-takes-embedded',
    file: 'src/transport/embedded.ts',
    text: `import { startPostgres } from '../embedded/postgres.ts'\nexport const start = startPostgres`,
  },
  { rule: 'sdk-stands-alone', file: 'src/sdk/kernel.ts', text: `import type { Rate } from '../kernel/rate.ts'\nexport type Limit = Rate` },
  { rule: 'sdk-stands-alone', file: 'src/sdk/graphql.ts', text: `import { parse } from 'graphql'\nexport const read = parse` },
  { rule: 'sdk-stands-alone', file: 'src/sdk/node.ts', text: `import { randomUUID } from 'node:crypto'\nexport const key = randomUUID` },
  { rule: 'nobody-takes-the-sdk', file: 'src/transport/sdk.ts', text: `import { live } from '../sdk/index.ts'\nexport const taken = live` },
  { rule: 'src-without-test', file: 'src/kernel/test.ts', text: `import { world } from '../../test/world.ts'\nexport const test = world` },
  { rule: 'only-packages-that-ship', file: 'src/transport/tool.ts', text: `import { vi } from 'vitest'\nexport const tool = vi` },
  {
    rule: 'everything-resolves',
    file: 'src/kernel/nowhere.ts',
    text: `import { nothing } from './nothing.ts'\nexport const nowhere = nothing`,
  },
  { rule: 'only-env-reads-process-env', file: 'src/kernel/env-dot.ts', text: `export const port = process.env.PORT` },
  { rule: 'only-env-reads-process-env', file: 'src/kernel/env-global.ts', text: `export const port = globalThis.process['env']` },
  { rule: 'only-env-reads-process-env', file: 'src/kernel/env-taken.ts', text: `const { env } = process\nexport const port = env.PORT` },
  {
    rule: 'only-env-reads-process-env',
    file: 'src/kernel/env-import.ts',
    text: `import { env } from 'node:process'\nexport const port = env.PORT`,
  },
]

import { createBusMemory } from '../adapters/bus-memory.ts'
import { createBusRedis } from '../adapters/bus-redis.ts'
import { openDatabase } from '../adapters/database.ts'
import { keepEpoch } from '../adapters/epoch.ts'
import { createMailerFiles } from '../adapters/mailer-files.ts'
import { createMailerResend } from '../adapters/mailer-resend.ts'
import { applyMigrations } from '../adapters/migrations.ts'
import { createPresenceMemory } from '../adapters/presence-memory.ts'
import { createPresenceRedis } from '../adapters/presence-redis.ts'
import { createRateLimiterMemory } from '../adapters/rate-limiter-memory.ts'
import { createRateLimiterRedis } from '../adapters/rate-limiter-redis.ts'
import { connectRedis } from '../adapters/redis.ts'
import { createSmsFiles } from '../adapters/sms-files.ts'
import { createSmsTwilio } from '../adapters/sms-twilio.ts'
import { startEmbeddedPostgres } from '../embedded/postgres.ts'
import type { Env } from '../env.ts'
import type { Rate } from '../kernel/rate.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { Log } from '../ports/log.ts'
import type { Mailer } from '../ports/mailer.ts'
import type { PresenceRegister } from '../ports/presence.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import type { SmsSender } from '../ports/sms.ts'

export async function connectDatabase(env: Env, log: Log, closing: AsyncDisposableStack): Promise<Database> {
  let url = env.databaseUrl
  if (!url) {
    const embedded = await startEmbeddedPostgres({ dataDir: env.dataDir, log, maxConnections: env.databasePool + 20 })
    closing.defer(() => embedded.stop())
    url = embedded.url
  }
  const database = await openDatabase({ url, poolSize: env.databasePool, log })
  closing.defer(() => database.close())
  await applyMigrations({ url, log })
  await keepEpoch({ url, log })
  return database
}

export function connectBus(env: Env, log: Log, closing: AsyncDisposableStack): Bus {
  const bus = env.redisUrl ? createBusRedis({ url: env.redisUrl, log }) : createBusMemory({ log })
  closing.defer(() => bus.close())
  return bus
}

export function connectLimiter(env: Env, log: Log, clock: Clock, closing: AsyncDisposableStack): RateLimiter {
  if (!env.rateLimits) return { take: async () => 0 }
  const here = createRateLimiterMemory({ clock })
  if (!env.redisUrl) return here
  const redis = connectRedis({ url: env.redisUrl, name: 'parley-limits', log })
  closing.defer(() => redis.close())
  return createRateLimiterRedis({ redis, fallback: here })
}

export function connectPresence(env: Env, log: Log, closing: AsyncDisposableStack): PresenceRegister {
  const here = createPresenceMemory()
  if (!env.redisUrl) return here
  const redis = connectRedis({ url: env.redisUrl, name: 'parley-presence', log })
  closing.defer(() => redis.close())
  return createPresenceRedis({ redis, fallback: here })
}

export const mailerOf = (env: Env, clock: Clock, log: Log): Mailer =>
  env.resend
    ? createMailerResend({ ...env.resend, from: env.mailFrom })
    : createMailerFiles({ dataDir: env.dataDir, from: env.mailFrom, clock, log })

/** A fifth above what the provider asks for: on the way from here to there mails may come closer together. */
export const gapOf = ({ amount, windowMs }: Rate): number => (windowMs / amount) * 1.2

export const smsOf = (env: Env, clock: Clock, log: Log): SmsSender =>
  env.twilio ? createSmsTwilio(env.twilio) : createSmsFiles({ dataDir: env.dataDir, clock, log })

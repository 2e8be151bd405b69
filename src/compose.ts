import { createBusMemory } from './adapters/bus-memory.ts'
import { createBusRedis } from './adapters/bus-redis.ts'
import { systemClock } from './adapters/clock.ts'
import { openDatabase } from './adapters/database.ts'
import { keepEpoch } from './adapters/epoch.ts'
import { createFeed } from './adapters/feed.ts'
import { createIds } from './adapters/ids.ts'
import { createLog } from './adapters/log.ts'
import { createMailerFiles } from './adapters/mailer-files.ts'
import { createMailerResend } from './adapters/mailer-resend.ts'
import { createMetrics } from './adapters/metrics.ts'
import { applyMigrations, pendingMigrations } from './adapters/migrations.ts'
import { createPasswords } from './adapters/passwords.ts'
import { createPresenceMemory } from './adapters/presence-memory.ts'
import { createPresenceRedis } from './adapters/presence-redis.ts'
import { pushSilent } from './adapters/push-silent.ts'
import { createRateLimiterMemory } from './adapters/rate-limiter-memory.ts'
import { createRateLimiterRedis } from './adapters/rate-limiter-redis.ts'
import { connectRedis } from './adapters/redis.ts'
import { createSessions } from './adapters/sessions.ts'
import { createSmsFiles } from './adapters/sms-files.ts'
import { createSmsTwilio } from './adapters/sms-twilio.ts'
import { startEmbeddedPostgres } from './embedded/postgres.ts'
import type { Env } from './env.ts'
import { type SessionsEnded, sessionsEnded } from './features/accounts/accounts.events.ts'
import { createKeyedHash } from './features/accounts/keyed-hash.ts'
import { createAccountsRoom } from './features/accounts/room.ts'
import { createAnnouncements } from './features/channels/announcements.ts'
import { createChannels } from './features/channels/channels.ts'
import { createChannelsStore } from './features/channels/channels.store.ts'
import { createFarewell } from './features/channels/farewell.ts'
import { createMembers } from './features/channels/members.ts'
import { createMembersStore } from './features/channels/members.store.ts'
import { createRoster } from './features/channels/roster.ts'
import { createDemoConversation } from './features/demo/conversation.ts'
import { createMailRoom } from './features/mail/room.ts'
import { happeningsOf } from './features/inbox/happenings.ts'
import type { Mails } from './features/mail/mails.ts'
import { createMessages } from './features/messages/messages.ts'
import { createMessagesStore } from './features/messages/messages.store.ts'
import { createReactionsStore } from './features/messages/reactions.store.ts'
import { type Hook, hooks } from './features/notifications/hooks.ts'
import type { Notifier } from './features/notifications/notifier.ts'
import { createUnsubscribe } from './features/notifications/unsubscribe.ts'
import type { Added } from './features/notifications/added.ts'
import { createNotificationsRoom } from './features/notifications/room.ts'
import { createPeople } from './features/people/people.ts'
import { createPeopleStore } from './features/people/people.store.ts'
import { createPresenceRoom } from './features/presence/room.ts'
import { createReceipts } from './features/receipts/receipts.ts'
import { createReceiptsStore } from './features/receipts/receipts.store.ts'
import { createUnreadStore } from './features/receipts/unread.store.ts'
import type { Context } from './graphql/context.ts'
import { createFailures } from './graphql/failures.ts'
import { createLive, type Live } from './graphql/live.ts'
import type { Rooms } from './graphql/rooms.ts'
import { schema } from './graphql/schema.ts'
import type { Rate } from './kernel/rate.ts'
import { createTurns } from './kernel/turns.ts'
import { isUnavailable } from './kernel/unavailable.ts'
import type { Bus } from './ports/bus.ts'
import type { Clock } from './ports/clock.ts'
import type { Database } from './ports/database.ts'
import type { Feed } from './ports/feed.ts'
import type { Ids } from './ports/ids.ts'
import type { Log } from './ports/log.ts'
import type { Mailer } from './ports/mailer.ts'
import type { Metrics } from './ports/metrics.ts'
import type { PresenceRegister } from './ports/presence.ts'
import type { PushSender } from './ports/push.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'
import type { SmsSender } from './ports/sms.ts'
import { createHub } from './realtime/hub.ts'
import { createStreams, type Streams } from './realtime/streams.ts'
import { createSweep } from './realtime/sweep.ts'
import type { Obstacle } from './transport/health.ts'
import { createServer } from './transport/server.ts'

/** What a test may bring along instead of the real thing. */
export type Instead = {
  log?: Log
  clock?: Clock
  mailer?: Mailer
  sms?: SmsSender
  push?: PushSender
  mails?: Pick<Mails, 'post'>
  hooks?: readonly Hook[]
}

/** The one place where adapters meet ports meet rooms. Rejects with `CannotStart` where a person has to do something. */
export async function compose(env: Env, instead: Instead = {}) {
  // What was opened last is closed first: streams and sockets, then the bus, then Redis, then the database.
  const closing = new AsyncDisposableStack()
  try {
    const log = instead.log ?? createLog({ level: env.logLevel, json: env.production })
    const clock = instead.clock ?? systemClock
    const metrics = createMetrics()
    const ids = createIds()

    const database = await connectDatabase(env, log, closing)
    const bus = connectBus(env, log, closing)
    const limiter = connectLimiter(env, log, clock, closing)
    const sessions = createSessions({ database, clock, ids })
    measure(metrics, database, bus)

    const people = createPeople({ store: createPeopleStore(database), clock })
    const notifying: { notifier?: Notifier } = {}
    const said = () => notifying.notifier?.stir()
    const register = connectPresence(env, log, closing)
    const notifications = createNotificationsRoom({
      ...{ database, bus, register, ids, clock, log },
      policy: env.notifyMail,
      publicUrl: env.publicUrl,
      withTexts: env.emailContent === 'full',
    })
    const conversations = createConversations({ env, database, bus, limiter, ids, clock, said, added: notifications.added })
    const presence = createPresenceRoom({ register, channels: conversations.channels, database, bus, clock, log, closing })
    const mail = createMailRoom({
      database,
      mailer: instead.mailer ?? mailerOf(env, clock, log),
      ids,
      clock,
      log,
      metrics,
      gapMs: env.resend && env.rateLimits ? gapOf(env.rates.resend) : 0,
    })
    closing.defer(() => mail.close())
    const accounts = createAccountsRoom({
      database,
      sessions,
      passwords: createPasswords(),
      limiter,
      bus,
      mails: mail.mails,
      sms: instead.sms ?? smsOf(env, clock, log),
      clock,
      ids,
      log,
      rates: env.rates,
      publicUrl: env.publicUrl,
      invitations: env.invitations,
      farewells: [conversations.farewell],
      welcome: conversations.rooms.members.welcome,
    })
    closing.defer(() => accounts.close())
    mail.start(accounts.writers)
    const unsubscribe = createUnsubscribe({
      key: await createKeyedHash(database)('unsubscribe'),
      publicUrl: env.publicUrl,
      choices: { mailNothing: people.stopMails, silence: conversations.rooms.members.silence },
    })
    if (env.notifier) {
      const notifier = notifications.startNotifier({
        mails: instead.mails ?? mail.mails,
        unsubscribe,
        hooks: instead.hooks ?? hooks,
        push: instead.push ?? pushSilent,
      })
      notifying.notifier = notifier
      closing.defer(() => notifier.stop())
    }
    const rooms: Rooms = {
      ...accounts.rooms,
      ...conversations.rooms,
      ...presence.rooms,
      people,
      notifications: notifications.lists,
      deadLetters: mail.deadLetters,
    }

    if (env.admin) await accounts.keepAdministrator(env.admin)
    if (env.demo) {
      await accounts.makeDemoPeople()
      await createDemoConversation(rooms)()
    }
    everyHour(accounts.purge, log, closing)
    everyHour(mail.purge, log, closing)

    const { streams, live } = await goLive({ bus, feed: createFeed(database), rooms, database, log, metrics, closing })

    const server = createServer({
      settings: env,
      schema,
      contextFor: (caller): Context => ({ ...caller, ...rooms, audience: null, streams, cursor: streams.mark(), prisma: database.prisma }),
      live,
      sessions,
      attendance: presence.attendance,
      unsubscribe,
      readiness: () => whatIsMissing(database, bus),
      isUnavailable,
      clock,
      log,
      metrics,
    })
    closing.use({ [Symbol.asyncDispose]: () => server.drain() })
    metrics.gauge('parley_people', 'People with a connection here.', presence.attendance.size)
    await bus.subscribe(sessionsEnded, (payload) => server.endSessions((payload as SessionsEnded).sessionIds))

    /** Once all that was to be sent until now is, or is given up for the moment. */
    const settled = () => Promise.all([accounts.settled(), mail.settled()])
    return {
      log,
      database,
      bus,
      accounts,
      mail,
      unsubscribe,
      rooms,
      notifier: notifying.notifier,
      settled,
      listen: () => server.listen(),
      close: () => closing.disposeAsync(),
    }
  } catch (error) {
    await closing.disposeAsync()
    throw error
  }
}

export type App = Awaited<ReturnType<typeof compose>>

function createConversations({
  env,
  database,
  bus,
  limiter,
  ids,
  clock,
  said,
  added,
}: {
  env: Env
  database: Database
  bus: Bus
  limiter: RateLimiter
  ids: Ids
  clock: Clock
  /** Called when something was said here. */
  said: () => void
  added: Added
}) {
  const channels = createChannelsStore(database)
  const members = createMembersStore(database)
  const messages = createMessagesStore(database)
  const announcements = createAnnouncements({ bus, notices: messages.notices })
  const policy = env.publicChannelCreation
  const turns = createTurns()
  const publish: Bus['publish'] = (topic, event) => {
    said()
    return bus.publish(topic, event)
  }
  return {
    rooms: {
      channels: createChannels({ store: channels, members, announcements, added, ids, clock, policy, turns }),
      members: createMembers({ store: members, channels, announcements, added, clock, policy, turns }),
      messages: createMessages({
        store: messages,
        reactions: createReactionsStore(database),
        channels,
        announcements,
        bus: { publish },
        limiter,
        rates: env.rates,
        clock,
        turns,
      }),
      receipts: createReceipts({
        store: createReceiptsStore(database),
        unread: createUnreadStore(database),
        channels,
        announcements,
        bus,
        clock,
      }),
      roster: createRoster({ store: members, channels }),
    },
    channels,
    farewell: createFarewell({ store: members, channels, announcements, clock }),
  }
}

type Going = { bus: Bus; feed: Feed; rooms: Rooms; database: Database; log: Log; metrics: Metrics; closing: AsyncDisposableStack }

/** What subscriptions run on. */
async function goLive({ bus, feed, rooms, database, log, metrics, closing }: Going): Promise<{ streams: Streams; live: Live }> {
  const answering: { live?: Live } = {}
  const hub = createHub({ bus, feed, read: happeningsOf, answer: (...asked) => answering.live!.answer(...asked), log })
  closing.defer(() => hub.close())
  const sweep = await createSweep({ bus, feed, hub, log })
  closing.defer(() => sweep.stop())
  const streams = createStreams({ hub, feed, sweep })
  const failures = createFailures({ log, isUnavailable, onBug: bugsOf(metrics), hints: false })
  const shared = {
    ...rooms,
    streams,
    prisma: database.prisma,
    requestId: 'live',
    device: { userAgent: null, ipAddress: null },
    cookie: noCookie,
  }
  const live = createLive({
    schema,
    failures,
    cursor: streams.cursor,
    contextFor: (audience) => {
      const context = { ...shared, cursor: streams.mark() }
      return audience.kind === 'person' ? { ...context, audience: null, viewer: audience.viewer } : withoutViewer({ ...context, audience })
    },
  })
  answering.live = live
  metrics.gauge('parley_topics', 'Topics that somebody here listens to.', hub.size)
  return { streams, live }
}

const noCookie = { set: () => {}, clear: () => {} }

const bugsOf = (metrics: Metrics) => {
  const count = metrics.counter('parley_live_bugs_total', 'Bugs met while answering subscriptions.')
  return () => count({})
}

/** Of an answer that many get: whoever asks for its viewer has forgotten to say that the field depends on one. */
const withoutViewer = (context: Omit<Context, 'viewer'>): Context =>
  Object.defineProperty(context as Context, 'viewer', {
    get() {
      throw new Error('This answer is made for many and has no viewer. Mark the field with dependsOn(…).')
    },
  })

async function connectDatabase(env: Env, log: Log, closing: AsyncDisposableStack): Promise<Database> {
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

function connectBus(env: Env, log: Log, closing: AsyncDisposableStack): Bus {
  const bus = env.redisUrl ? createBusRedis({ url: env.redisUrl, log }) : createBusMemory({ log })
  closing.defer(() => bus.close())
  return bus
}

function connectLimiter(env: Env, log: Log, clock: Clock, closing: AsyncDisposableStack): RateLimiter {
  if (!env.rateLimits) return { take: async () => 0 }
  const here = createRateLimiterMemory({ clock })
  if (!env.redisUrl) return here
  const redis = connectRedis({ url: env.redisUrl, name: 'parley-limits', log })
  closing.defer(() => redis.close())
  return createRateLimiterRedis({ redis, fallback: here })
}

function connectPresence(env: Env, log: Log, closing: AsyncDisposableStack): PresenceRegister {
  const here = createPresenceMemory()
  if (!env.redisUrl) return here
  const redis = connectRedis({ url: env.redisUrl, name: 'parley-presence', log })
  closing.defer(() => redis.close())
  return createPresenceRedis({ redis, fallback: here })
}

const mailerOf = (env: Env, clock: Clock, log: Log): Mailer =>
  env.resend
    ? createMailerResend({ ...env.resend, from: env.mailFrom })
    : createMailerFiles({ dataDir: env.dataDir, from: env.mailFrom, clock, log })

/** A fifth above what the provider asks for: on the way from here to there mails may come closer together. */
const gapOf = ({ amount, windowMs }: Rate): number => (windowMs / amount) * 1.2

const smsOf = (env: Env, clock: Clock, log: Log): SmsSender =>
  env.twilio ? createSmsTwilio(env.twilio) : createSmsFiles({ dataDir: env.dataDir, clock, log })

/** Why requests can't be served now, or null. */
async function whatIsMissing(database: Database, bus: Bus): Promise<Obstacle | null> {
  try {
    await database.ping()
    const pending = await pendingMigrations(database.pool)
    if (pending.length > 0) return { part: 'migrations', reason: `Migrations are missing: ${pending.join(', ')}.` }
  } catch {
    return { part: 'database', reason: 'PostgreSQL does not answer.' }
  }
  return bus.healthy() ? null : { part: 'bus', reason: 'Redis does not answer. Everything works, but live events come with a delay.' }
}

function measure(metrics: Metrics, { pool }: Database, bus: Bus): void {
  metrics.gauge('parley_pool_connections', 'Connections to PostgreSQL.', () => pool.totalCount)
  metrics.gauge('parley_pool_idle_connections', 'Those of them that nobody uses.', () => pool.idleCount)
  metrics.gauge('parley_pool_waiting', 'Who waits for a connection.', () => pool.waitingCount)
  metrics.gauge('parley_bus_healthy', '1 while the bus loses nothing.', () => Number(bus.healthy()))
  metrics.gauge('parley_bus_topics', 'Topics with a listener here.', () => bus.stats().topics)
  metrics.total('parley_bus_published_total', 'Messages that the bus has taken.', () => bus.stats().published)
  metrics.total('parley_bus_failed_total', 'Messages that the bus failed to take.', () => bus.stats().failed)
  metrics.total('parley_bus_heard_total', 'Messages that reached a listener here.', () => bus.stats().heard)
  metrics.total('parley_bus_gaps_total', 'Times in which messages may have been lost.', () => bus.stats().gaps)
}

function everyHour(work: () => Promise<unknown>, log: Log, closing: AsyncDisposableStack): void {
  const timer = setInterval(() => {
    work().catch((error: unknown) => log.warn('Cleaning up failed. It is tried again in an hour.', { error }))
  }, 3_600_000)
  timer.unref()
  closing.defer(() => clearInterval(timer))
}

import { systemClock } from './adapters/clock.ts'
import { createFeed } from './adapters/feed.ts'
import { createIds } from './adapters/ids.ts'
import { createLog } from './adapters/log.ts'
import { createMetrics } from './adapters/metrics.ts'
import { createPasswords } from './adapters/passwords.ts'
import { pushSilent } from './adapters/push-silent.ts'
import { createSessions } from './adapters/sessions.ts'
import { connectBus, connectDatabase, connectLimiter, connectPresence, gapOf, mailerOf, smsOf } from './compose/connections.ts'
import { createConversations } from './compose/conversations.ts'
import { goLive } from './compose/live.ts'
import { measure, whatIsMissing } from './compose/readiness.ts'
import type { Env } from './env.ts'
import { type SessionsEnded, sessionsEnded } from './features/accounts/accounts.events.ts'
import { createKeyedHash } from './features/accounts/keyed-hash.ts'
import { createAccountsRoom } from './features/accounts/room.ts'
import { createDemoConversation } from './features/demo/conversation.ts'
import { createMailRoom } from './features/mail/room.ts'
import { type Hook, hooks } from './features/notifications/hooks.ts'
import type { Notifier } from './features/notifications/notifier.ts'
import { createNotificationsRoom } from './features/notifications/room.ts'
import { createUnsubscribe } from './features/notifications/unsubscribe.ts'
import { createPeopleStore } from './features/people/people.store.ts'
import { createPeople } from './features/people/people.ts'
import { createPresenceRoom } from './features/presence/room.ts'
import type { Context } from './graphql/context.ts'
import type { Rooms } from './graphql/rooms.ts'
import { schema } from './graphql/schema.ts'
import { isUnavailable } from './kernel/unavailable.ts'
import type { Clock } from './ports/clock.ts'
import type { Log } from './ports/log.ts'
import type { Mailer } from './ports/mailer.ts'
import type { PushSender } from './ports/push.ts'
import type { SmsSender } from './ports/sms.ts'
import { createServer } from './transport/server.ts'

/** What a test may bring along instead of the real thing. */
export type Instead = {
  log?: Log
  clock?: Clock
  mailer?: Mailer
  sms?: SmsSender
  push?: PushSender
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
      hooks: instead.hooks ?? hooks,
      push: instead.push ?? pushSilent,
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
    const unsubscribe = createUnsubscribe({
      key: await createKeyedHash(database)('unsubscribe'),
      publicUrl: env.publicUrl,
      choices: { mailNothing: people.stopMails, silence: conversations.rooms.members.silence },
    })
    const { letters, writers } = notifications.mailing({ mails: mail.mails, unsubscribe })
    mail.start({ ...accounts.writers, ...writers })
    if (env.notifier) {
      const notifier = notifications.startNotifier({ letters })
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
    everyHour(notifications.lists.purge, log, closing)

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

function everyHour(work: () => Promise<unknown>, log: Log, closing: AsyncDisposableStack): void {
  const timer = setInterval(() => {
    work().catch((error: unknown) => log.warn('Cleaning up failed. It is tried again in an hour.', { error }))
  }, 3_600_000)
  timer.unref()
  closing.defer(() => clearInterval(timer))
}

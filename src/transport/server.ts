import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import type { GraphQLSchema } from 'graphql'
import type { Env } from '../env.ts'
import { createFailures } from '../graphql/failures.ts'
import type { Live } from '../graphql/live.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { Device, Sessions } from '../ports/sessions.ts'
import { type Attendance, noAttendance } from './attendance.ts'
import type { Caller } from './call.ts'
import { createClientAddress } from './client-address.ts'
import { createSessionCookie } from './cookies.ts'
import { createGraphql, graphqlPath } from './graphql.ts'
import { createHealth, type Obstacle } from './health.ts'
import { createHttp } from './http.ts'
import { createIdentity } from './identity.ts'
import { createMeasures } from './measures.ts'
import { createOrigins } from './origins.ts'
import { createSessionEnds } from './session-ends.ts'
import { createSockets } from './sockets.ts'
import { createStreams } from './streams.ts'
import type { Unsubscribing } from './unsubscribe.ts'
import { type Timings, timings as usualTimings } from './timings.ts'

export type ServerSettings = Pick<
  Env,
  'production' | 'host' | 'port' | 'publicUrl' | 'allowedOrigins' | 'trustProxy' | 'graphiql' | 'introspection' | 'rateLimits' | 'limits'
> & { rates: Pick<Env['rates'], 'socket'> }

type Needs = {
  settings: ServerSettings
  schema: GraphQLSchema
  /** The resolvers' context of one operation. */
  contextFor: (caller: Caller) => object
  /** How subscriptions are answered; without it as graphql-js does. */
  live?: Live
  sessions: Pick<Sessions, 'validate' | 'alive'>
  /** Who wants to know who is here. */
  attendance?: Attendance
  /** What the links in mails end; without it there is nothing at that address. */
  unsubscribe?: Unsubscribing
  readiness: () => Promise<Obstacle | null>
  /** Whether an error means that a dependency doesn't answer. */
  isUnavailable: (error: unknown) => boolean
  clock: Clock
  log: Log
  metrics: Metrics
  timings?: Partial<Timings>
}

export type Server = {
  /** Resolves once connections are accepted; rejects with one line that says what to do. */
  listen(): Promise<{ url: string; port: number }>
  /** These sessions are over, here or on another node: what is open under them ends at once. */
  endSessions(ids: Iterable<string>): void
  /** Not ready at once, nothing new, what is under way finished, everything closed. May be called again. */
  drain(): Promise<void>
}

/** It can't listen where it should; the message says why and what to do. */
export class CannotListen extends Error {}

/** The server as others see it: HTTP and WebSocket on one port. Several fit in one process. */
export function createServer(needs: Needs): Server {
  const {
    settings,
    schema,
    contextFor,
    live,
    sessions,
    attendance = noAttendance,
    unsubscribe,
    readiness,
    isUnavailable,
    clock,
    log,
    metrics,
  } = needs
  const timings = { ...usualTimings, ...needs.timings }
  const measures = createMeasures(metrics)
  const failures = createFailures({ log, isUnavailable, onBug: measures.bug, hints: settings.introspection })
  const origins = createOrigins(settings.allowedOrigins)
  const cookie = createSessionCookie(settings.publicUrl)
  const identity = createIdentity({ sessions, cookie, origins })
  const sessionEnds = createSessionEnds({ sessions, log, everyMs: timings.sessionSweep })
  const health = createHealth({ metrics, readiness, readinessMs: timings.readiness })
  const addressOf = createClientAddress(settings.trustProxy)
  const deviceOf = (request: IncomingMessage): Device => ({
    userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
    ipAddress: addressOf(request),
  })
  const streams = createStreams({ sessionEnds, attendance, mostPerUser: settings.limits.socketSubscriptions, measures })
  const { limits, introspection } = settings
  const graphql = createGraphql({
    schema,
    contextFor,
    limits,
    introspection,
    failures,
    live,
    streams: streams.plugin,
    attendance,
    measures,
    log,
  })
  const sockets = createSockets({ graphql, failures, identity, sessionEnds, attendance, deviceOf, settings, clock, log, measures, timings })
  const handle = createHttp({
    graphql,
    graphiql: settings.graphiql,
    unsubscribe,
    health,
    identity,
    origins,
    cookie,
    deviceOf,
    isUnavailable,
    measures,
    log,
  })

  let draining: Promise<void> | null = null
  const server = createHttpServer(
    {
      headersTimeout: timings.headers,
      requestTimeout: timings.request,
      connectionsCheckingInterval: timings.connectionsCheck,
      keepAliveTimeout: timings.keepAlive,
      // Some clients offer HTTP/2 (h2c) with every request; that is answered, not upgraded.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    (request, response) => {
      if (draining) response.setHeader('Connection', 'close')
      void handle(request, response)
    },
  )
  server.on('upgrade', (request, connection: Duplex, head) => {
    const path = request.url!.split('?', 1)[0]
    if (draining) refuseUpgrade(connection, '503 Service Unavailable')
    else if (path !== graphqlPath) refuseUpgrade(connection, '404 Not Found')
    else sockets.upgrade(request, connection, head)
  })

  async function shutDown(): Promise<void> {
    health.drain()
    const deadline = globalThis.setTimeout(() => {
      sockets.cutOff()
      server.closeAllConnections()
    }, timings.drain)
    // In production the port stays open meanwhile: proxies see that it isn't ready, and no request meets a closing connection.
    const linger = setTimeout(settings.production ? timings.drainSpread : 0)
    await Promise.all([sockets.drain(), streams.drain(timings.drainSpread), linger])
    await new Promise((resolve) => server.close(resolve))
    clearTimeout(deadline)
    sockets.stop()
    sessionEnds.stop()
  }

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => reject(new CannotListen(reasonOf(error, settings))))
        server.listen(settings.port, settings.host, () => {
          server.removeAllListeners('error').on('error', (error) => log.error('A connection could not be accepted.', { error }))
          const { port } = server.address() as AddressInfo
          const loopback = ['127.0.0.1', '::1', 'localhost'].includes(settings.host)
          // Whoever listens to this machine alone is its own origin under all of its names.
          if (loopback) for (const name of ['localhost', '127.0.0.1', '[::1]']) origins.add(`http://${name}:${port}`)
          const anywhere = loopback || settings.host === '0.0.0.0' || settings.host === '::'
          resolve({ url: `http://${anywhere ? 'localhost' : settings.host}:${port}`, port })
        })
      }),
    endSessions: sessionEnds.end,
    drain: () => (draining ??= shutDown()),
  }
}

function refuseUpgrade(connection: Duplex, status: string) {
  connection.on('error', () => connection.destroy())
  connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function reasonOf({ code, message }: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): string {
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is taken. Stop what listens there, or set PORT to another one.`
  if (code === 'EACCES') return `Port ${port} on ${host} is not allowed for this user. Set PORT to one above 1023.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `This machine has no address ${host}. Set HOST to one that it has, or to 0.0.0.0 for all.`
  return `Can't listen on port ${port} of ${host}: ${message}`
}

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, type ExecutionResult, type GraphQLError, getOperationAST } from 'graphql'
import { handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Env } from '../env.ts'
import { type Failures, failure, formatted } from '../graphql/failures.ts'
import { Unauthenticated } from '../kernel/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Device, Viewer } from '../ports/sessions.ts'
import type { Attendance } from './attendance.ts'
import { createAllowance } from './allowance.ts'
import type { EdgeContext } from './call.ts'
import { closeCodes } from './close-codes.ts'
import type { Graphql } from './graphql.ts'
import type { Credential, Identity } from './identity.ts'
import type { Measures } from './measures.ts'
import type { SessionEnds } from './session-ends.ts'
import { createOutflow } from './outflow.ts'
import { createPulse } from './pulse.ts'
import { newRequestId } from './request-id.ts'
import { openSocket, type Socket } from './socket.ts'
import { spread } from './spread.ts'
import type { Timings } from './timings.ts'
import type { Running } from './use-live.ts'

type Needs = {
  graphql: Graphql
  failures: Failures
  identity: Identity
  sessionEnds: SessionEnds
  attendance: Pick<Attendance, 'connected'>
  deviceOf: (upgrade: IncomingMessage) => Device
  settings: Pick<Env, 'rateLimits' | 'limits'> & { rates: Pick<Env['rates'], 'socket'> }
  clock: Clock
  log: Log
  measures: Measures
  timings: Timings
}

const noCookie = { set: () => {}, clear: () => {} }

/** GraphQL over WebSocket: the protocol is graphql-ws', operations go through the same plugins as over HTTP. */
export function createSockets(needs: Needs) {
  const { graphql, failures, identity, sessionEnds, attendance, deviceOf, settings, clock, log, measures, timings } = needs
  const { limits, rates, rateLimits } = settings
  const open = new Set<Socket>()
  const outflow = createOutflow()
  const pulse = createPulse(timings.ping)
  const perUser = new Map<string, number>()
  measures.subscriptions(() => [...open].reduce((sum, socket) => sum + socket.subscriptions(), 0))

  const protocol = makeServer<Record<string, unknown>, Socket>({
    connectionInitWaitTimeout: limits.socketInitMs,

    async onConnect(context) {
      const socket = context.extra
      socket.context = context
      try {
        socket.credential = identity.ofSocket(context.connectionParams, socket.credential)
        const viewer = socket.credential && (await identity.viewer(socket.credential))
        if (viewer) return belongsTo(viewer, socket)
        // A dead cookie is no cookie: the socket is signed out.
        socket.credential = null
        return true
      } catch (error) {
        const { message, extensions } = failures(error, {})
        if (extensions.code === 'UNAUTHENTICATED') socket.end(closeCodes.forbidden, message, 0)
        else socket.end(closeCodes.tryAgainLater, 'Who you are could not be checked. Connect again in a moment.', 0)
        return false
      }
    },

    async onSubscribe({ extra: socket, subscriptions }, id, payload) {
      const most = limits.socketSubscriptions
      if (Object.keys(subscriptions).length > most)
        return [
          failure('LIMIT_EXCEEDED', `At most ${most} operations at once on a socket. Complete some first.`, {
            limit: 'subscriptions',
            max: most,
          }),
        ]
      return prepared(socket, id, payload)
    },
    execute: (args) => (args as Prepared).execute(args),
    subscribe: (args) => handedOver(args as Prepared),
    onNext: (_context, _id, _payload, _args, result) => (result.errors ? { ...result, errors: result.errors.map(formatted) } : undefined),
    onError: (_context, _id, _payload, errors) => errors.map(formatted),
  })

  /** Counts it in under its person and its session. */
  function belongsTo({ userId, sessionId }: Viewer, socket: Socket): boolean {
    if (!socket.isOpen()) return false
    const others = perUser.get(userId) ?? 0
    if (others >= limits.socketsPerUser) {
      socket.end(closeCodes.tooMany, `At most ${limits.socketsPerUser} sockets at once. Close some first.`, 0)
      return false
    }
    perUser.set(userId, others + 1)
    const forget = sessionEnds.onEnd(sessionId, () => endSession(socket))
    const left = attendance.connected(userId)
    socket.leave = () => {
      forget()
      left()
      const others = perUser.get(userId)! - 1
      if (others === 0) perUser.delete(userId)
      else perUser.set(userId, others)
    }
    return true
  }

  const endSession = (socket: Socket) => socket.end(closeCodes.forbidden, 'The session has ended. Sign in again.', timings.socketGrace)

  type Prepared = ExecutionArgs & Pick<ReturnType<Graphql['getEnveloped']>, 'execute' | 'subscribe'>

  /** graphql-ws keeps what it was given as long as a subscription lasts. What is only needed to begin is taken from it. */
  async function handedOver(args: Prepared): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
    const asked = { ...args }
    Object.assign(args, { contextValue: null, execute: null, subscribe: null })
    const result = (await asked.subscribe(asked)) as ExecutionResult | Running
    return 'running' in result ? result.running : result
  }

  /** What graphql-ws executes, or the errors that this one operation ends with: the others on the socket go on. */
  async function prepared(socket: Socket, id: string, params: SubscribePayload): Promise<Prepared | readonly GraphQLError[]> {
    const requestId = newRequestId()
    const call: EdgeContext['call'] = { requestId, device: socket.device, viewer: () => viewerOf(socket), cookie: noCookie }
    try {
      const { schema, parse, validate, contextFactory, execute, subscribe } = graphql.getEnveloped({ call, params, lane: socket.lane(id) })
      const document = parse(params.query)
      const errors = validate(schema, document)
      if (errors.length > 0) return errors
      const { variables: variableValues, operationName } = params
      if (!getOperationAST(document, operationName))
        return [failure('BAD_REQUEST', 'Say in operationName which operation of the document is meant.')]
      return { schema, document, variableValues, operationName, contextValue: await contextFactory(), execute, subscribe }
    } catch (error) {
      return [failures(error, { requestId })]
    }
  }

  /** Asked anew for each operation, as over HTTP. A session that turns out to have ended takes the socket with it. */
  async function viewerOf(socket: Socket): Promise<Viewer | null> {
    if (!socket.credential) return null
    const viewer = await identity.viewer(socket.credential).catch((error) => {
      if (error instanceof Unauthenticated) return null
      throw error
    })
    if (viewer) return viewer
    endSession(socket)
    throw new Unauthenticated('The session has ended. Sign in again.')
  }

  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.socketPayloadBytes,
    handleProtocols,
  })

  /** Apart from the upgrade: whatever is made there keeps its request for as long as the socket is open. */
  function welcome(ws: WebSocket, connection: Duplex, from: { device: Device; cookie: Credential | null }): void {
    const mayTalk = rateLimits ? createAllowance(rates.socket, () => clock.now().getTime()) : () => true
    open.add(openSocket(ws, { connection, ...from, protocol, mayTalk, outflow, pulse, closed, log }))
    measures.socketOpened()
  }

  function closed(socket: Socket, code: number): void {
    open.delete(socket)
    measures.socketClosed(code)
    socket.leave?.()
  }

  return {
    upgrade(request: IncomingMessage, connection: Duplex, head: Buffer) {
      server.handleUpgrade(request, connection, head, (ws) =>
        welcome(ws, connection, { device: deviceOf(request), cookie: identity.cookieOf(request) }),
      )
    },

    /** Tells all of them to connect elsewhere. */
    drain: () =>
      spread([...open], timings.drainSpread, (socket) =>
        socket.end(closeCodes.serviceRestart, 'The server is restarting. Connect again.', timings.drain - timings.drainSpread),
      ),
    cutOff() {
      for (const socket of open) socket.cutOff()
    },
    stop: pulse.stop,
  }
}

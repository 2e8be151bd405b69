import { createClient } from 'graphql-ws/client'
import type { Credentials } from './credentials.ts'
import type { Document } from './documents.ts'
import { ConnectionClosed, type GraphQLErrorLike, mayPass, ParleyError, RequestFailed, Unreachable } from './errors.ts'
import { createRetry, type Retry, type RetryOptions } from './retry.ts'

const connectMs = 15_000
/** A connection that held so long was a good one: the next try comes soon. */
const stableMs = 10_000

export type Listener<Answer, Variables> = {
  /** Asked anew for each connection: from where to go on. */
  variables: () => Variables
  next: (answer: Answer) => void
  /** One event could not be answered; the stream goes on. */
  failed: (error: RequestFailed) => void
  /** The connection is lost; another try follows. */
  lost: (error: ParleyError) => void
  /** Nothing follows: without an error, the server has nothing more. */
  ended: (error?: ParleyError) => void
}

export type Live = ReturnType<typeof createLive>

export type KeepAliveOptions = {
  /** After so long without a sign of life a connection is asked for one: 10 s unless said otherwise. */
  idleMs?: number
  /** Without an answer in this time it is dead: 6 s. */
  answerMs?: number
}

type Needs = {
  url: string
  credentials: Credentials
  webSocket: typeof globalThis.WebSocket | undefined
  retry?: RetryOptions
  keepAlive?: KeepAliveOptions
}

/** Subscriptions, all over one WebSocket, which is there as long as somebody listens. */
export function createLive({
  url,
  credentials,
  webSocket,
  retry: retryOptions,
  keepAlive: { idleMs = 10_000, answerMs = 6_000 } = {},
}: Needs) {
  if (!webSocket && !globalThis.WebSocket)
    throw new ParleyError(
      'NO_WEBSOCKET',
      'There is no WebSocket here: Node has one from 22 on. Give one as `webSocket`, such as that of the package ws.',
    )
  let watchdog: ReturnType<typeof setTimeout> | undefined
  let refusals = 0
  let connectedAt = Infinity
  const retries = new Set<Retry>()

  /** Where nothing comes in time the connection is dead, whatever the operating system thinks of it: a laptop that slept, a lost route. */
  const expect = (ms: number) => {
    clearTimeout(watchdog)
    watchdog = setTimeout(() => client.terminate(), ms)
  }
  const arrived = () => clearTimeout(watchdog)

  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    ...(webSocket && { webSocketImpl: webSocket }),
    connectionParams: async () => await credentials.header(),
    connectionAckWaitTimeout: connectMs,
    keepAlive: idleMs,
    // Trying again is ours: each listener goes on from where it is.
    retryAttempts: 0,
    on: {
      connecting: () => expect(connectMs),
      opened: arrived,
      connected: () => {
        arrived()
        connectedAt = Date.now()
        credentials.accept()
        refusals = 0
      },
      ping: (received) => (received ? undefined : expect(answerMs)),
      pong: (received) => (received ? arrived() : undefined),
      closed: (event) => {
        arrived()
        if (Date.now() - connectedAt > stableMs) retries.forEach((retry) => retry.reset())
        connectedAt = Infinity
        if ((event as { code?: number }).code !== 4403) return
        credentials.refuse()
        refusals++
      },
    },
  })

  function errorOf(error: unknown): ParleyError {
    if (error instanceof ParleyError) return error
    if (Array.isArray(error)) return new RequestFailed(error as GraphQLErrorLike[])
    const { code, reason } = error as { code?: unknown; reason?: string }
    if (typeof code === 'number') return new ConnectionClosed(code, reason ?? '')
    return new Unreachable('The connection could not be opened.', { cause: error })
  }

  const mayRenew = ({ code }: ParleyError) => code === 'UNAUTHENTICATED' && credentials.canRenew && refusals < 2

  /** Listens until it is called off or there is no sense in trying again. */
  function listen<Answer, Variables>(document: Document<Answer, Variables>, listener: Listener<Answer, Variables>): () => void {
    const retry = createRetry(retryOptions)
    retries.add(retry)
    let stopTry = () => {}
    let stopped = false

    const finish = () => {
      stopped = true
      retries.delete(retry)
      retry.end()
    }
    const end = (error?: ParleyError) => {
      if (stopped) return
      finish()
      listener.ended(error)
    }
    const again = (error: ParleyError) => {
      if (stopped) return
      if (!mayPass(error) && !mayRenew(error)) return end(error)
      listener.lost(error)
      if (!stopped) stopTry = retry.after(begin)
    }
    function begin(): void {
      let over = false
      const once = (what: () => void) => {
        if (over || stopped) return
        over = true
        what()
      }
      stopTry = client.subscribe<Answer>(
        { query: document, variables: listener.variables() as Record<string, unknown> },
        {
          next({ data, errors }) {
            if (over || stopped) return
            retry.reset()
            if (errors) listener.failed(new RequestFailed(errors))
            else if (data) listener.next(data)
          },
          error: (error) => once(() => again(errorOf(error))),
          complete: () => once(() => end()),
        },
      )
    }
    begin()
    return () => {
      if (stopped) return
      finish()
      stopTry()
    }
  }

  return {
    listen,
    /** Whoever waits to try again goes now. */
    wake: () => retries.forEach((retry) => retry.wake()),
    close() {
      // What could not be opened need not be closed.
      Promise.resolve(client.dispose()).catch(() => {})
    },
  }
}

import type { ServerResponse } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, type GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Failures } from '../graphql/failures.ts'
import type { Live } from '../graphql/live.ts'
import type { Happening } from '../ports/feed.ts'
import type { Selection } from '../realtime/sink.ts'
import type { Out, Stream } from '../realtime/streams.ts'
import type { EdgeContext } from './call.ts'
import { createQueue, type Lane } from './lane.ts'

type Args = ExecutionArgs & { contextValue: EdgeContext }

/** Subscriptions run on streams of ours: an answer is made once for many, and written straight to the socket where there is one. */
export function useLive(live: Live, failures: Failures): Plugin<EdgeContext> {
  return {
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn((args) => subscribe(args as Args, live, failures)),
  }
}

/** A subscription on a socket, for the plugins: a result without values, which don't come this way. So they keep nothing of it. */
export type Running = { running: AsyncGenerator<ExecutionResult> }

async function subscribe(args: Args, live: Live, failures: Failures): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult | Running> {
  const found: unknown = await createSourceEventStream(args)
  if (typeof (found as Partial<Stream>).start !== 'function') return found as ExecutionResult
  const { document, operationName, variableValues, contextValue } = args
  const { call, lane, res } = contextValue
  const selection = live.selectionOf({ document, operationName, variables: { ...variableValues } })
  return answered(found as Stream, { live, failures, selection, requestId: call.requestId, lane, res })
}

type Asked = {
  live: Live
  failures: Failures
  selection: Selection
  requestId: string
  lane: Lane | undefined
  res: ServerResponse | undefined
}

/** Apart from the operation that asked for it, of which a stream keeps as little as it can: there may be many, and they last. */
function answered(stream: Stream, { live, failures, selection, requestId, lane, res }: Asked): AsyncGenerator<ExecutionResult> | Running {
  const tooSlow = (lane: Lane) => {
    const last = stream.resyncs ? live.answer(selection, slow, { kind: 'everyone', showsReads: true, from: 1 }) : null
    lane.giveUp(typeof last === 'string' ? last : null)
  }
  const outTo = (lane: Lane, end: (error?: unknown) => void): Out => {
    lane.onFull(() => {
      end()
      tooSlow(lane)
    })
    return {
      selection,
      answer: live.answer,
      take: lane.write,
      drained: lane.drained,
      inTurn: lane.inTurn,
      end: (error) => end(error === undefined ? undefined : failures(error, { requestId })),
    }
  }
  return lane ? { running: written(stream, lane, outTo) } : pulled(stream, outTo, () => res?.destroy())
}

const slowGraceMs = 1_000

const slow: Happening = {
  topic: '',
  type: 'ResyncRequired',
  entity: 'ResyncRequired',
  version: 0,
  subjects: [],
  rows: { reason: 'SLOW_CONSUMER' },
}

const done = { done: true, value: undefined } as const
type OutTo = (lane: Lane, end: (error?: unknown) => void) => Out

/** Starts with the first `next`, so that nothing follows an early `return`; `over` settles with its end. */
function run(stream: Stream, lane: Lane, outTo: OutTo) {
  const { promise: over, resolve, reject } = Promise.withResolvers<typeof done>()
  let stop: (() => void) | null = null
  let begun = false
  let ended = false
  const end = (error?: unknown) => {
    if (ended) return
    ended = true
    // Where it is still being started, that goes on.
    out.take = () => {}
    stop?.()
    if (error === undefined) resolve(done)
    else reject(error)
  }
  const out = outTo(lane, end)
  return {
    over,
    end,
    begin() {
      if (begun || ended) return
      begun = true
      stream.start(out).then((stopIt) => {
        if (ended) stopIt()
        else stop = stopIt
      }, out.end)
    },
  }
}

/** On a socket: what is asked for never comes this way, it is written to the lane. What comes is the end. */
function written(stream: Stream, lane: Lane, outTo: OutTo): AsyncGenerator<ExecutionResult> {
  const { over, begin, end } = run(stream, lane, outTo)
  return generator({
    next() {
      begin()
      return over
    },
    end,
  })
}

/**
 * As server-sent events: answers wait in a queue until they are asked for, an error comes as the last of them. Whoever doesn't ask is
 * cut off.
 */
function pulled(stream: Stream, outTo: OutTo, cutOff: () => void): AsyncGenerator<ExecutionResult> {
  const queue = createQueue()
  let gaveUp = false
  const lane: Lane = {
    ...queue,
    giveUp(last) {
      gaveUp = true
      queue.giveUp(last)
      setTimeout(cutOff, slowGraceMs).unref()
    },
  }
  const { over, begin, end } = run(stream, lane, outTo)
  let error: unknown
  over.catch((reason: unknown) => (error = reason)).finally(queue.close)
  return generator({
    async next() {
      begin()
      await queue.filled()
      const answer = queue.shift()
      if (answer !== undefined) return { done: false, value: JSON.parse(answer) as ExecutionResult }
      // Not «complete»: their connection breaks, and they come back.
      if (gaveUp) await after(slowGraceMs)
      if (error === undefined) return done
      const last = { errors: [error as GraphQLError] }
      error = undefined
      return { done: false, value: last }
    },
    end,
  })
}

function generator({
  next,
  end,
}: {
  next: () => Promise<IteratorResult<ExecutionResult>>
  end: () => void
}): AsyncGenerator<ExecutionResult> {
  const close = async () => {
    end()
    return done
  }
  return { next, return: close, throw: close, [Symbol.asyncIterator]: itself, [Symbol.asyncDispose]: close as () => Promise<never> }
}

function itself<Generator>(this: Generator): Generator {
  return this
}

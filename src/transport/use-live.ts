import { setTimeout as after } from 'node:timers/promises'
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, type GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Failures } from '../graphql/failures.ts'
import type { Live } from '../graphql/live.ts'
import type { Happening } from '../ports/feed.ts'
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

async function subscribe(args: Args, live: Live, failures: Failures): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  const found: unknown = await createSourceEventStream(args)
  if (typeof (found as Partial<Stream>).start !== 'function') return found as ExecutionResult
  const { document, operationName, variableValues, contextValue } = args
  const selection = live.selectionOf({ document, operationName, variables: { ...variableValues } })
  const fail = (error: unknown) => failures(error, { requestId: contextValue.call.requestId })
  const stream = found as Stream
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
      end: (error) => end(error === undefined ? undefined : fail(error)),
    }
  }
  if (contextValue.lane) return written(stream, contextValue.lane, outTo)
  return pulled(stream, outTo, () => contextValue.res?.destroy())
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
  const over = Promise.withResolvers<void>()
  over.promise.catch(() => {})
  let stop: (() => void) | null = null
  let begun = false
  let ended = false
  const end = (error?: unknown) => {
    if (ended) return
    ended = true
    stop?.()
    if (error === undefined) over.resolve()
    else over.reject(error)
  }
  const out = outTo(lane, end)
  return {
    over: over.promise,
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
      return over.then(() => done)
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
  return {
    next,
    return: close,
    throw: close,
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: async () => end(),
  }
}

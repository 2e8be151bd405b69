import type { ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { failure } from '../graphql/failures.ts'
import type { EdgeContext } from './call.ts'
import type { SessionEnds } from './session-ends.ts'
import { spread } from './spread.ts'

type Needs = { sessionEnds: SessionEnds; mostPerUser: number }

/** Subscriptions as server-sent events: what holds for those on a socket holds for them. */
export function createStreams({ sessionEnds, mostPerUser }: Needs) {
  const open = new Set<ServerResponse>()
  const perUser = new Map<string, number>()
  const count = (userId: string, by: number) => {
    const left = (perUser.get(userId) ?? 0) + by
    if (left === 0) perUser.delete(userId)
    else perUser.set(userId, left)
  }

  const plugin: Plugin<EdgeContext> = {
    onSubscribe({ args, subscribeFn, setSubscribeFn }) {
      const { viewer, res: response } = args.contextValue
      if (!response) return
      if (viewer && (perUser.get(viewer.userId) ?? 0) >= mostPerUser) {
        const reason = `At most ${mostPerUser} subscriptions at once. End some first.`
        return setSubscribeFn(() => ({ errors: [failure('LIMIT_EXCEEDED', reason, { limit: 'subscriptions', max: mostPerUser })] }))
      }
      if (viewer) count(viewer.userId, 1)
      open.add(response)
      let forget = () => {}
      response.once('close', () => {
        forget()
        open.delete(response)
        if (viewer) count(viewer.userId, -1)
      })
      setSubscribeFn(async (args) => {
        const result: unknown = await subscribeFn(args)
        if (!viewer || !isAsyncIterable(result)) return result
        const stream = endable(result as AsyncIterable<ExecutionResult>)
        forget = sessionEnds.onEnd(viewer.sessionId, () =>
          stream.end({ errors: [failure('UNAUTHENTICATED', 'The session has ended. Sign in again.')] }),
        )
        return stream
      })
    },
  }

  return {
    plugin,
    /** Breaks them off: a client takes `complete` for the end of the subscription, and a broken connection for a reason to come back. */
    drain: (overMs: number) => spread([...open], overMs, (response) => response.destroy()),
  }
}

/** The same stream, until it is told to end: then one last value, and no other. */
function endable<Value>(source: AsyncIterable<Value>) {
  const iterator = source[Symbol.asyncIterator]()
  const last: Value[] = []
  let ended = false
  let wake: (() => void) | undefined

  const closed = (): IteratorResult<Value> => ({ done: last.length === 0, value: last.pop() as Value })
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () =>
      new Promise<IteratorResult<Value>>((resolve, reject) => {
        if (ended) return resolve(closed())
        wake = () => resolve(closed())
        iterator.next().then(resolve, reject)
      }),
    async return() {
      ended = true
      void iterator.return?.()
      return { done: true, value: undefined } as IteratorResult<Value>
    },
    end(value: Value) {
      if (ended) return
      ended = true
      last.push(value)
      void iterator.return?.()
      wake?.()
    },
  }
}

import type { ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { failure } from '../graphql/failures.ts'
import type { Viewer } from '../ports/sessions.ts'
import type { Attendance } from './attendance.ts'
import type { EdgeContext } from './call.ts'
import type { Measures } from './measures.ts'
import type { SessionEnds } from './session-ends.ts'
import { spread } from './spread.ts'
import { endable } from './stream.ts'

type Needs = { sessionEnds: SessionEnds; attendance: Pick<Attendance, 'connected'>; mostPerUser: number; measures: Measures }

/** Subscriptions as server-sent events: counted while they run, within the same bounds as on a socket. */
export function createStreams({ sessionEnds, attendance, mostPerUser, measures }: Needs) {
  const open = new Set<ServerResponse>()
  const perUser = new Map<string, number>()
  let running = 0
  measures.subscriptions(() => running)
  const count = (viewer: Viewer | null | undefined, by: number) => {
    if (!viewer) return
    const left = (perUser.get(viewer.userId) ?? 0) + by
    if (left === 0) perUser.delete(viewer.userId)
    else perUser.set(viewer.userId, left)
  }

  const plugin: Plugin<EdgeContext> = {
    onSubscribe({ args, subscribeFn, setSubscribeFn }) {
      const { viewer, res: response } = args.contextValue
      if (!response) return
      if (viewer && (perUser.get(viewer.userId) ?? 0) >= mostPerUser) return setSubscribeFn(() => ({ errors: [tooMany(mostPerUser)] }))
      // Whoever has left meanwhile doesn't leave again.
      if (!response.closed) {
        count(viewer, 1)
        open.add(response)
        // Or nginx would keep the events until it has a bufferful.
        response.setHeader('X-Accel-Buffering', 'no')
        response.once('close', () => {
          count(viewer, -1)
          open.delete(response)
        })
      }
      setSubscribeFn(async (args) => {
        const result: unknown = await subscribeFn(args)
        if (!isAsyncIterable(result)) return result
        running++
        const stream = endable(result as AsyncIterable<ExecutionResult>, () => running--)
        tie(stream, response, viewer)
        return stream
      })
    },
  }

  /** To its connection, which may have gone meanwhile and which Yoga forgets where it can't use the stream, and to its session. */
  function tie(stream: ReturnType<typeof endable<ExecutionResult>>, response: ServerResponse, viewer: Viewer | null | undefined) {
    if (response.closed) return void stream.return()
    const end = () => {
      stream.endWith({ errors: [sessionEnded()] })
      // Whoever doesn't read wouldn't come to the end.
      setTimeout(() => response.closed || response.destroy(), graceMs).unref()
    }
    const forget = viewer && sessionEnds.onEnd(viewer.sessionId, end)
    const left = viewer && attendance.connected(viewer.userId)
    response.once('close', () => {
      forget?.()
      left?.()
      void stream.return()
    })
  }

  return {
    plugin,
    /** Breaks them off: a client takes `complete` for the end of the subscription, and a broken connection for a reason to come back. */
    drain: (overMs: number) => spread([...open], overMs, (response) => response.destroy()),
  }
}

const graceMs = 1_000

const sessionEnded = () => failure('UNAUTHENTICATED', 'The session has ended. Sign in again.')

const tooMany = (max: number) =>
  failure('LIMIT_EXCEEDED', `At most ${max} subscriptions at once. End some first.`, { limit: 'subscriptions', max })

import { happeningsOf } from '../features/inbox/happenings.ts'
import type { Context } from '../graphql/context.ts'
import { createFailures } from '../graphql/failures.ts'
import { createLive, type Live } from '../graphql/live.ts'
import type { Rooms } from '../graphql/rooms.ts'
import { schema } from '../graphql/schema.ts'
import { isUnavailable } from '../kernel/unavailable.ts'
import type { Bus } from '../ports/bus.ts'
import type { Database } from '../ports/database.ts'
import type { Feed } from '../ports/feed.ts'
import type { Log } from '../ports/log.ts'
import type { Metrics } from '../ports/metrics.ts'
import { createHub } from '../realtime/hub.ts'
import { createStreams, type Streams } from '../realtime/streams.ts'
import { createSweep } from '../realtime/sweep.ts'

type Going = { bus: Bus; feed: Feed; rooms: Rooms; database: Database; log: Log; metrics: Metrics; closing: AsyncDisposableStack }

/** What subscriptions run on. */
export async function goLive({ bus, feed, rooms, database, log, metrics, closing }: Going): Promise<{ streams: Streams; live: Live }> {
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

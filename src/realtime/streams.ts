import type { Feed, Happening } from '../ports/feed.ts'
import type { Viewer } from '../ports/sessions.ts'
import { NotFound } from '../kernel/errors.ts'
import { channelTopic, personTopic } from '../kernel/topics.ts'
import { encodeCursor } from './cursor.ts'
import { noLonger, tooMuch } from './ends.ts'
import type { Hub } from './hub.ts'
import { type InboxArgs, openInbox } from './inbox.ts'
import { createMissed } from './missed.ts'
import { inPortions } from './portion.ts'
import { askNoMore, type Seat } from './seats.ts'
import { openSeveral, type Several } from './several.ts'
import type { Answer, Selection, Sink } from './sink.ts'
import type { Sweep } from './sweep.ts'
import type { Topic } from './topic.ts'
import { createWaiting, type Waiting } from './waiting.ts'

/** Where a stream's answers go: one subscription on one wire. */
export type Out = {
  selection: Selection
  answer: Answer
  take(answer: string): void
  /** Resolves when what was taken until now has left. */
  drained(): Promise<void>
  /** Runs work that writes more than a little, when it is its turn: on one wire one after the other. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>
  /** Ends it; with an error where there is one to tell. */
  end(error?: unknown): void
}

/** What a subscription's resolver returns. Nothing flows before `start`; what it returns stops it. */
export type Stream = {
  start(out: Out): Promise<() => void>
  /** Whether its listener knows what to do when told to read anew. */
  resyncs?: boolean
}

/** A listener, as far as answers depend on them. */
export type Listener = { viewer: Viewer; showsReads: boolean }

type Needs = { hub: Hub; feed: Feed; sweep: Sweep }

const page = 200

export function createStreams({ hub, feed, sweep }: Needs) {
  const missed = createMissed(feed)

  const hold = async (name: string): Promise<Topic> => {
    const topic = await hub.hold(name)
    if (!topic) throw new NotFound('There is no such channel, or you are not in it.')
    return topic
  }

  /** As they stand to the channel now. Ends with the refusal of whoever is no member any more. */
  async function seatIn(topic: string, { viewer: { userId } }: Listener): Promise<{ from: number; fence: number; version: number }> {
    const state = await feed.topic(topic, [userId])
    const stand = state?.people.get(userId)
    if (!state || state.isGone || !stand?.isThere) throw noLonger()
    return { from: stand.from, fence: state.fence, version: stand.version }
  }

  /** For whoever has just joined: what made them leave meanwhile may have been told before. */
  async function stay(topic: Topic, sink: Sink): Promise<Seat | null> {
    const { from, fence, version } = await seatIn(topic.name, sink)
    if (!topic.has(sink)) return null
    const seat = topic.join(sink, from, fence, version)
    sink.movedTo?.(from)
    return topic.has(sink) ? seat : null
  }

  /** Whether they show what they read may change while they listen. */
  async function followSettings(sink: Sink): Promise<() => void> {
    const dependsOnReads = ['MessageAdded', 'MessageChanged', 'ReceiptUpdated'].some((type) => sink.selection.dependsOn(type).reads)
    if (!dependsOnReads) return () => {}
    const own = await hold(personTopic(sink.viewer.userId))
    const follower: Sink = {
      ...sink,
      wants({ type, rows }) {
        if (type === 'ViewerChanged') sink.showsReads = (rows.account as { readReceipts: boolean }).readReceipts
        return false
      },
      evicted: () => {},
      lost: () => {},
    }
    own.join(follower, 1)
    sink.showsReads = (await feed.person(sink.viewer.userId)).showsReads
    return () => hub.leave(own, follower)
  }

  return {
    /** Every entry behind `after` (none given: from now on), each once and in order. */
    entries(listener: Listener, channelId: string, { after, from }: { after: number | null; from: number }): Stream {
      return {
        async start(out) {
          const topic = await hold(channelTopic(channelId))
          let stopped = false
          let checked = -1
          let stopFollowing = () => {}
          let position = Math.max(after ?? topic.last(), from - 1)
          let seat: Seat | null = null
          const told = () => Math.max(position, seat?.told ?? 0)
          const sink: Sink = {
            ...listener,
            selection: out.selection,
            wants({ type, seq }) {
              if (type !== 'MessageAdded' || seq! <= position) return false
              position = seq!
              return true
            },
            take: out.take,
            evicted: () => out.end(noLonger()),
            // What was said in between is not theirs: there would be a hole.
            movedTo: (from) => from > told() + 1 && out.end(noLonger()),
            lost: () => out.end(tooMuch()),
          }
          const stop = () => {
            stopped = true
            stopFollowing()
            hub.leave(topic, sink)
          }
          void (async () => {
            stopFollowing = await followSettings(sink)
            if (stopped) stopFollowing()
            const portion = inPortions(out.drained)
            const tellPage = async () => {
              if (stopped) return
              const backlog = await feed.numbered(topic.name, position + 1, Math.min(position + page, topic.last()))
              if (backlog.length === 0) throw tooMuch()
              if (backlog.some(({ fence = Infinity }) => fence > checked)) {
                const seat = await seatIn(topic.name, listener)
                if (seat.from > position + 1) throw noLonger()
                checked = seat.fence
              }
              for (const happening of backlog) {
                if (stopped || !sink.wants(happening)) continue
                const answer = await out.answer(out.selection, happening, { kind: 'person', viewer: listener.viewer })
                out.take(answer)
                await portion(answer)
              }
              await out.drained()
            }
            while (!stopped && position < topic.last()) await out.inTurn(tellPage)
            // Nothing lies between the last look and joining.
            if (stopped) return
            topic.join(sink, from)
            seat = await stay(topic, sink)
            if (seat) askNoMore(seat, position + 1, out.take)
          })().catch((error: unknown) => out.end(error))
          return stop
        },
      }
    },

    /** What happens in a channel from now on, of these types. `first` comes before. */
    happenings(
      listener: Listener,
      channelId: string,
      { types, from, first }: { types: readonly string[]; from: number; first?: () => Promise<Happening> },
    ): Stream {
      return {
        async start(out) {
          const topic = await hold(channelTopic(channelId))
          const wanted = new Set(types)
          let waiting: Waiting<{ answer: string }> | null = createWaiting()
          const sink: Sink = {
            ...listener,
            selection: out.selection,
            wants: ({ type }) => wanted.has(type),
            take: (answer) => (waiting ? waiting.push({ answer }) : out.take(answer)),
            evicted: () => out.end(noLonger()),
            lost: () => out.end(tooMuch()),
          }
          topic.join(sink, from)
          let stopFollowing = () => {}
          const stop = () => {
            stopFollowing()
            hub.leave(topic, sink)
          }
          try {
            stopFollowing = await followSettings(sink)
            await stay(topic, sink)
            if (first) out.take(await out.answer(out.selection, await first(), { kind: 'person', viewer: listener.viewer }))
            for (let told = waiting.shift(); told; told = waiting.shift()) out.take(told.answer)
            if (!waiting.isWhole()) throw tooMuch()
            waiting = null
          } catch (error) {
            stop()
            throw error
          }
          return stop
        },
      }
    },

    /** What happens from now on in what is theirs alone, of these types. */
    own(listener: Listener, types: readonly string[]): Stream {
      return {
        async start(out) {
          const own = await hold(personTopic(listener.viewer.userId))
          const sink: Sink = {
            ...listener,
            selection: out.selection,
            wants: ({ type }) => types.includes(type),
            take: out.take,
            evicted: () => {},
            lost: () => out.end(tooMuch()),
          }
          own.join(sink, 1)
          return () => hub.leave(own, sink)
        },
      }
    },

    /** What is ephemeral on several topics. */
    several: (listener: Listener, args: Several): Stream => ({ start: (out) => openSeveral(hub, listener, args, out) }),

    /** The place to resume from for whoever was told everything until now. */
    cursor: (): string => encodeCursor(sweep.safe()),

    /** The same for whoever reads a snapshot from now on, however late they ask: nothing lies between the two. */
    mark(): () => string {
      const here = sweep.safe()
      return () => encodeCursor(here)
    },

    inbox: (viewer: Viewer, args: InboxArgs): Stream => ({
      resyncs: true,
      start: (out) => openInbox({ hub, feed, missed, sweep }, viewer, args, out),
    }),
  }
}

export type Streams = ReturnType<typeof createStreams>

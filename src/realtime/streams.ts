import type { Feed, Happening, Position, Seat } from '../ports/feed.ts'
import type { Viewer } from '../ports/sessions.ts'
import { Forbidden, NotFound, ServiceUnavailable } from '../kernel/errors.ts'
import { decodeCursor, encodeCursor, isBehind } from './cursor.ts'
import type { Held, Hub } from './hub.ts'
import { openSeveral, type Several } from './several.ts'
import type { Answer, Selection, Sink } from './sink.ts'
import type { Sweep } from './sweep.ts'

/** Where a stream's answers go: one subscription on one wire. */
export type Out = {
  selection: Selection
  answer: Answer
  take(answer: string): void
  /** Resolves when what was taken until now has left. */
  drained(): Promise<void>
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

export type InboxArgs = { after: string | null; ephemeral: boolean }

type Needs = { hub: Hub; feed: Feed; sweep: Sweep }

const page = 200
const mostReplayed = 10_000
const mostHeld = 10_000
const mostSeen = 500
const opensAtOnce = 50

const tooMuch = () => new ServiceUnavailable('More happened at once than could be told. Subscribe again, from where you are.')
const noLonger = () => new Forbidden('You are not in this channel any more, or it was deleted.')
const topicOf = (channelId: string) => `channel.${channelId}`

export function createStreams({ hub, feed, sweep }: Needs) {
  const hold = async (topic: string): Promise<Held> => {
    const held = await hub.hold(topic)
    if (!held) throw new NotFound('There is no such channel, or you are not in it.')
    return held
  }

  /** Whoever was removed while they joined was missed by the eviction. */
  async function stillIn({ topic }: Held, { viewer }: Listener): Promise<boolean> {
    return (await feed.topic(topic.name, [viewer.userId]))?.members.has(viewer.userId) ?? false
  }

  return {
    /** Every entry behind `after` (none given: from now on), each once and in order. */
    entries(listener: Listener, channelId: string, { after, from }: { after: number | null; from: number }): Stream {
      return {
        async start(out) {
          const held = await hold(topicOf(channelId))
          const { topic } = held
          let stopped = false
          let position = Math.max(after ?? topic.last(), from - 1)
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
            lost: () => out.end(tooMuch()),
          }
          const stop = () => {
            stopped = true
            topic.leave(sink)
            held.letGo()
          }
          void (async () => {
            while (!stopped && position < topic.last()) {
              for (const happening of await feed.numbered(topic.name, position + 1, Math.min(position + page, topic.last()))) {
                if (!stopped && sink.wants(happening))
                  out.take(await out.answer(out.selection, happening, { kind: 'person', viewer: listener.viewer }))
              }
              await out.drained()
            }
            // Nothing lies between the last look and joining.
            if (stopped) return
            topic.join(sink, from)
            if (!(await stillIn(held, listener))) out.end(noLonger())
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
          const held = await hold(topicOf(channelId))
          const wanted = new Set(types)
          const sink: Sink = {
            ...listener,
            selection: out.selection,
            wants: ({ type, seq }) => wanted.has(type) && (seq === undefined || seq >= from),
            take: out.take,
            evicted: () => out.end(noLonger()),
            lost: () => out.end(tooMuch()),
          }
          held.topic.join(sink, from)
          const stop = () => {
            held.topic.leave(sink)
            held.letGo()
          }
          try {
            if (!(await stillIn(held, listener))) throw noLonger()
            if (first) out.take(await out.answer(out.selection, await first(), { kind: 'person', viewer: listener.viewer }))
          } catch (error) {
            stop()
            throw error
          }
          return stop
        },
      }
    },

    /** What is ephemeral on several topics. */
    several: (listener: Listener, args: Several): Stream => ({ start: (out) => openSeveral(hub, listener, args, out) }),

    /** The place to resume from for whoever reads a snapshot now: read first, so that nothing lies between the two. */
    cursor: (): string => encodeCursor(sweep.safe()),

    inbox: (viewer: Viewer, args: InboxArgs): Stream => ({
      resyncs: true,
      start: (out) => openInbox({ hub, feed, sweep }, viewer, args, out),
    }),
  }
}

export type Streams = ReturnType<typeof createStreams>

async function openInbox({ hub, feed, sweep }: Needs, viewer: Viewer, { after, ephemeral }: InboxArgs, out: Out): Promise<() => void> {
  const { userId } = viewer
  const channels = new Map<string, Held>()
  const newest = new Map<string, number>()
  const seen = new Map<string, number>()
  /** What came while the past is still being told. */
  let held: { answer: string; happening: Happening }[] | null = []
  let stopped = false
  const failed = (error: unknown) => out.end(error)

  /** The same change reaches a person by several topics: through each channel they share, and through their own. */
  const isNew = ({ entity, version }: Happening): boolean => {
    if (!/^(User|Membership|Presence):/.test(entity)) return true
    if ((seen.get(entity) ?? 0) >= version) return false
    seen.delete(entity)
    seen.set(entity, version)
    if (seen.size > mostSeen) seen.delete(seen.keys().next().value!)
    return true
  }

  const pass = (answer: string, { topic, type, seq = 0 }: Happening): void => {
    if (stopped) return
    if (type === 'MessageAdded') {
      if (seq <= (newest.get(topic) ?? 0)) return
      newest.set(topic, seq)
    }
    out.take(answer)
  }

  const say = async (happening: Happening, cursor?: Position): Promise<void> =>
    pass(await out.answer(out.selection, happening, { kind: 'person', viewer }, cursor && encodeCursor(cursor)), happening)

  /** The channel is closed to this person, however it was heard: said once. */
  function leave(name: string, { version }: Happening): void {
    const channel = channels.get(name)
    if (!channel) return
    channels.delete(name)
    newest.delete(name)
    channel.topic.leave(sink)
    channel.letGo()
    void say(revoked(name, version)).catch(failed)
  }

  const sink: Sink = {
    viewer,
    showsReads: true,
    selection: out.selection,
    wants(happening) {
      const { topic, type, rows } = happening
      if (happening.ephemeral) return ephemeral && isNew(happening)
      if (topic.startsWith('person.')) {
        const { channelId } = (rows.membership ?? {}) as { channelId?: string }
        if (type === 'MembershipChanged' && channelId) void enter(channelId).catch(failed)
        if (type === 'MemberLeft') leave(topicOf(channelId!), happening)
        if (type === 'ChannelDeleted') leave(topicOf((rows.channel as { id: string }).id), happening)
        if (type === 'MemberLeft' || type === 'ChannelDeleted') return false
        if (type === 'ViewerChanged') sink.showsReads = (rows.account as { readReceipts: boolean }).readReceipts
      }
      return isNew(happening)
    },
    take(answer, happening) {
      if (!held) return pass(answer, happening)
      held.push({ answer, happening })
      if (held.length > mostHeld) failed(tooMuch())
    },
    evicted: leave,
    lost: () =>
      void feed
        .now()
        .then((now) => say(signal('ResyncRequired', { reason: 'GAP_TOO_LARGE' }), now))
        .catch(failed),
  }

  /** From behind what they had got when they came in. */
  async function enter(channelId: string, known?: Seat): Promise<void> {
    const name = topicOf(channelId)
    if (channels.has(name)) return
    const channel = await hub.hold(name)
    const seat = channel && (known ?? (await feed.person(userId)).seats.find((one) => one.channelId === channelId))
    if (!seat || channels.has(name) || stopped) return channel?.letGo()
    channels.set(name, channel)
    channel.topic.join(sink, seat.from)
    const missed = known ? [] : await feed.numbered(name, Math.max(seat.mark + 1, seat.from), channel.topic.last())
    for (const happening of missed) await say(happening)
  }

  async function replay(cursor: string, seats: readonly Seat[]): Promise<{ replayed: number; until: Position }> {
    const since = decodeCursor(cursor)
    if (!since) return resync('CURSOR_INVALID', await feed.now())
    const { heads, until } = await feed.changes(
      since.snapshot,
      { channels: seats.map(({ channelId }) => channelId), people: [userId] },
      mostReplayed,
    )
    if (!isBehind(since, until)) return resync('CURSOR_INVALID', until)
    if (!heads) return resync('GAP_TOO_LARGE', until)
    const earliest = new Map(seats.map(({ channelId, from }) => [topicOf(channelId), from]))
    const visible = heads.filter(({ topic, seq }) => seq === undefined || seq >= (earliest.get(topic) ?? 1))
    let replayed = 0
    for (let at = 0; at < visible.length && !stopped; at += page) {
      for (const happening of await feed.load(visible.slice(at, at + page))) {
        const told = asReplayed(happening)
        if (told) await say(told, since)
        if (told) replayed++
      }
      await out.drained()
    }
    return { replayed, until }
  }

  function asReplayed(happening: Happening): Happening | null {
    const { topic, type, rows, version } = happening
    if (topic.startsWith('person.')) {
      if (type === 'MemberLeft') return revoked(topicOf((rows.membership as { channelId: string }).channelId), version)
      if (type === 'ChannelDeleted') return revoked(topicOf((rows.channel as { id: string }).id), version)
    }
    return isNew(happening) ? happening : null
  }

  async function resync(reason: string, until: Position) {
    await say(signal('ResyncRequired', { reason }), until)
    return { replayed: 0, until }
  }

  async function begin(): Promise<void> {
    const { showsReads, seats } = await feed.person(userId)
    sink.showsReads = showsReads
    for (let at = 0; at < seats.length && !stopped; at += opensAtOnce)
      await Promise.all(seats.slice(at, at + opensAtOnce).map((seat) => enter(seat.channelId, seat)))
    const { replayed, until } = after === null ? { replayed: 0, until: sweep.safe() } : await replay(after, seats)
    await say(signal('StreamReady', { replayed }), until)
    const waiting = held ?? []
    held = null
    for (const { answer, happening } of waiting) pass(answer, happening)
  }

  const person = (await hub.hold(`person.${userId}`))!
  person.topic.join(sink, 1)
  void begin().catch(failed)
  return () => {
    stopped = true
    person.topic.leave(sink)
    person.letGo()
    for (const { topic, letGo } of channels.values()) {
      topic.leave(sink)
      letGo()
    }
    channels.clear()
  }
}

const signal = (type: string, rows: Record<string, unknown>): Happening => ({
  topic: '',
  type,
  entity: type,
  version: 0,
  subjects: [],
  rows,
})

const revoked = (topic: string, version: number): Happening => ({
  ...signal('AccessRevoked', { channelId: topic.slice('channel.'.length), version }),
  topic,
})

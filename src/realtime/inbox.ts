import type { Feed, Happening, Head, Position, Seat } from '../ports/feed.ts'
import { decodeCursor, encodeCursor, isBehind } from './cursor.ts'
import { tooMuch } from './ends.ts'
import type { Held, Hub } from './hub.ts'
import type { Sink } from './sink.ts'
import type { Listener, Out } from './streams.ts'
import type { Sweep } from './sweep.ts'

export type InboxArgs = { after: string | null; ephemeral: boolean }
export type InboxNeeds = { hub: Hub; feed: Feed; sweep: Sweep }

type Told = { answer: string; happening: Happening }
/** A channel of the inbox. `from` is null until it is known what may be seen there; what comes while it is caught up with waits. */
type Open = { held: Held | null; from: number | null; newest: number; waiting: Told[] | null }

const page = 200
const mostReplayed = 10_000
const mostHeld = 10_000
const mostSeen = 500
const opensAtOnce = 50

const topicOf = (channelId: string) => `channel.${channelId}`
const channelOf = (topic: string) => topic.slice('channel.'.length)

/** All that concerns one person: their own topic and those of their channels, joined as they come into them and left as they go. */
export async function openInbox(
  { hub, feed, sweep }: InboxNeeds,
  viewer: Listener['viewer'],
  args: InboxArgs,
  out: Out,
): Promise<() => void> {
  const { userId } = viewer
  const channels = new Map<string, Open>()
  /** Which version of their membership took them out of a channel. */
  const gone = new Map<string, number>()
  const seen = new Map<string, number>()
  /** What comes while the past is still being told. */
  let held: Told[] | null = []
  /** Channels that they came into before it was read which they are in. */
  let early: Map<string, Position> | null = new Map()
  let stopped = false
  let resyncing = false
  const failed = (error: unknown) => {
    if (!stopped) out.end(error)
  }

  /** The same change reaches a person by several topics: through each channel they share, and through their own. */
  const isNew = ({ entity, version }: Head): boolean => {
    if (!/^(User|Membership|Presence):/.test(entity)) return true
    if ((seen.get(entity) ?? 0) >= version) return false
    seen.delete(entity)
    seen.set(entity, version)
    if (seen.size > mostSeen) seen.delete(seen.keys().next().value!)
    return true
  }

  /** Nothing of a channel follows after it was left, and no entry comes twice. */
  function pass({ answer, happening: { topic, type, seq } }: Told): void {
    if (stopped) return
    const channel = channels.get(topic)
    if (!channel && topic.startsWith('channel.')) return
    if (channel && type === 'MessageAdded') {
      if (seq! <= channel.newest) return
      channel.newest = seq!
    }
    out.take(answer)
  }

  const answerTo = (happening: Happening, cursor?: Position) =>
    out.answer(out.selection, happening, { kind: 'person', viewer }, cursor && encodeCursor(cursor))
  const say = async (happening: Happening, cursor?: Position): Promise<void> =>
    pass({ answer: await answerTo(happening, cursor), happening })

  /** The channel is closed to this person, however it was heard: said once. */
  function leave(name: string, version: number): void {
    if ((gone.get(name) ?? 0) >= version) return
    gone.set(name, version)
    const channel = channels.get(name)
    if (!channel) return
    drop(name, channel)
    void say(revoked(name, version)).catch(failed)
  }

  function drop(name: string, channel: Open): void {
    if (channels.get(name) === channel) channels.delete(name)
    channel.held?.topic.leave(sink)
    channel.held?.letGo()
    channel.held = null
  }

  const sink: Sink = {
    viewer,
    showsReads: true,
    selection: out.selection,
    wants(happening) {
      const { topic, type, rows, version } = happening
      if (happening.ephemeral) return args.ephemeral && isNew(happening)
      if (topic.startsWith('person.')) {
        const { channelId } = (rows.membership ?? {}) as { channelId?: string }
        if (type === 'MemberLeft' || type === 'ChannelDeleted') leave(topicOf(channelId!), version)
        if (type === 'MemberLeft' || type === 'ChannelDeleted') return false
        if (type === 'MembershipChanged' && version > (gone.get(topicOf(channelId!)) ?? 0)) {
          if (early) early.set(channelId!, sweep.safe())
          else enterMeanwhile(channelId!, sweep.safe())
        }
        if (type === 'ViewerChanged') sink.showsReads = (rows.account as { readReceipts: boolean }).readReceipts
      }
      return isNew(happening)
    },
    take(answer, happening) {
      const told = { answer, happening }
      const waiting = held ?? channels.get(happening.topic)?.waiting
      if (!waiting) return pass(told)
      waiting.push(told)
      if (waiting.length > mostHeld) failed(tooMuch())
    },
    evicted: leave,
    // Of every topic at once, but it is one gap.
    lost() {
      if (resyncing) return
      resyncing = true
      feed
        .now()
        .then((now) => say(signal('ResyncRequired', { reason: 'GAP_TOO_LARGE' }), now))
        .catch(failed)
        .finally(() => (resyncing = false))
    },
  }

  /** Opens a channel's topic; false where that was overtaken by leaving it. Whoever goes from here on is evicted. */
  async function open(name: string, channel: Open, { from, version, fence }: Pick<Seat, 'from' | 'version' | 'fence'>): Promise<boolean> {
    const opened = await hub.hold(name)
    if (!opened || stopped || channels.get(name) !== channel) {
      opened?.letGo()
      if (!opened) drop(name, channel)
      return false
    }
    channel.held = opened
    opened.topic.join(sink, from, fence)
    if ((gone.get(name) ?? 0) < version) return true
    drop(name, channel)
    await say(revoked(name, gone.get(name)!))
    return false
  }

  /** False where all are open already. */
  async function openAll(seats: readonly Seat[]): Promise<boolean> {
    const unopened = seats.filter(({ channelId }) => !channels.has(topicOf(channelId)))
    const opening = unopened.map((seat) => {
      const channel: Open = { held: null, from: seat.from, newest: 0, waiting: null }
      channels.set(topicOf(seat.channelId), channel)
      return () => open(topicOf(seat.channelId), channel, seat)
    })
    for (let at = 0; at < opening.length && !stopped; at += opensAtOnce)
      await Promise.all(opening.slice(at, at + opensAtOnce).map((start) => start()))
    return opening.length > 0
  }

  /** Until it is caught up with, nothing counts as told: a cursor that is given out now lies before it. */
  const enterMeanwhile = (channelId: string, since: Position) => hub.meanwhile(enter(channelId, since).catch(failed))

  /** While it runs: what happened in the channel since they came in, then what happens. They came in after `since`. */
  async function enter(channelId: string, since: Position): Promise<void> {
    const name = topicOf(channelId)
    if (channels.has(name) || stopped) return
    const channel: Open = { held: null, from: null, newest: 0, waiting: [] }
    channels.set(name, channel)
    // No entry is for them before it is known which are.
    if (!(await open(name, channel, { from: Number.MAX_SAFE_INTEGER, version: Infinity, fence: -1 }))) return
    const state = await feed.topic(name, [userId])
    const stand = state?.people.get(userId)
    if (channels.get(name) !== channel) return
    if (!state || !stand?.isThere) return drop(name, channel)
    channel.from = stand.from
    channel.held!.topic.join(sink, stand.from, state.fence)
    const { heads, until } = await feed.changes(since.snapshot, { channels: [channelId], people: [] }, mostReplayed)
    if (heads) await tellChanges(heads, () => Promise.resolve())
    else await say(signal('ResyncRequired', { reason: 'GAP_TOO_LARGE' }), until)
    const waiting = channel.waiting ?? []
    channel.waiting = null
    for (const told of waiting) sink.take(told.answer, told.happening)
  }

  /** How many of them were told. What may not be seen, or is closed by now, isn't. */
  async function tellChanges(heads: readonly Head[], drained: () => Promise<void>, cursor?: Position): Promise<number> {
    const maySee = ({ topic, seq }: Head) => {
      if (!topic.startsWith('channel.')) return true
      const from = channels.get(topic)?.from
      return from != null && (seq === undefined || seq >= from)
    }
    const visible = heads.filter(maySee)
    let count = 0
    for (let at = 0; at < visible.length && !stopped; at += page) {
      for (const happening of await feed.load(visible.slice(at, at + page))) {
        const told = asReplayed(happening)
        if (!told || !maySee(told)) continue
        await say(told, cursor)
        count++
      }
      await drained()
    }
    return count
  }

  function asReplayed(happening: Happening): Happening | null {
    const { topic, type, rows, version } = happening
    if (topic.startsWith('person.') && (type === 'MemberLeft' || type === 'ChannelDeleted')) {
      const name = topicOf((rows.membership as { channelId: string }).channelId)
      return channels.has(name) ? (leave(name, version), null) : revoked(name, version)
    }
    // Of a channel that was deleted after they came in.
    if (
      topic.startsWith('person.') &&
      type === 'MembershipChanged' &&
      !channels.has(topicOf((rows.membership as { channelId: string }).channelId))
    )
      return null
    return isNew(happening) ? happening : null
  }

  async function replay(cursor: string): Promise<{ replayed: number; until: Position }> {
    const since = decodeCursor(cursor)
    if (!since) return resync('CURSOR_INVALID', await feed.now())
    for (;;) {
      const scope = { channels: [...channels.keys()].map(channelOf), people: [userId] }
      const { heads, until } = await feed.changes(since.snapshot, scope, mostReplayed)
      if (!isBehind(since, until)) return resync('CURSOR_INVALID', until)
      if (!heads) return resync('GAP_TOO_LARGE', until)
      if (heads.some(isUnopened) && (await openAll((await feed.person(userId)).seats))) continue
      return { replayed: await tellChanges(heads, out.drained, since), until }
    }
  }

  /** They came into a channel after their channels were read. */
  const isUnopened = ({ topic, type, entity, version }: Head): boolean => {
    if (!topic.startsWith('person.') || type !== 'MembershipChanged') return false
    const name = topicOf(entity.split(':')[1]!)
    return !channels.has(name) && version > (gone.get(name) ?? 0)
  }

  async function resync(reason: string, until: Position) {
    await say(signal('ResyncRequired', { reason }), until)
    return { replayed: 0, until }
  }

  async function begin(): Promise<void> {
    const { showsReads, seats } = await feed.person(userId)
    sink.showsReads = showsReads
    const opened = openAll(seats)
    for (const [channelId, since] of early ?? []) enterMeanwhile(channelId, since)
    early = null
    await opened
    const { replayed, until } = args.after === null ? { replayed: 0, until: sweep.safe() } : await replay(args.after)
    await say(signal('StreamReady', { replayed }), until)
    const waiting = held ?? []
    held = null
    for (const told of waiting) sink.take(told.answer, told.happening)
  }

  const person = (await hub.hold(`person.${userId}`))!
  person.topic.join(sink, 1)
  void begin().catch(failed)
  return () => {
    stopped = true
    person.topic.leave(sink)
    person.letGo()
    for (const [name, channel] of [...channels]) drop(name, channel)
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

const revoked = (topic: string, version: number): Happening => signal('AccessRevoked', { channelId: channelOf(topic), version })

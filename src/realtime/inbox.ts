import type { Feed, Happening, Head, Position, Seat } from '../ports/feed.ts'
import { encodeCursor } from './cursor.ts'
import { tooMuch } from './ends.ts'
import type { Hub } from './hub.ts'
import { cameWithPast, isNew, isNewInPast, type Known, wasMissed } from './known.ts'
import type { Missed } from './missed.ts'
import { inPortions } from './portion.ts'
import { createReplay } from './replay.ts'
import { revoked, signal } from './signals.ts'
import type { Seat as SeatThere } from './seats.ts'
import type { Sink } from './sink.ts'
import type { Listener, Out } from './streams.ts'
import type { Sweep } from './sweep.ts'
import type { Topic } from './topic.ts'
import { createWaiting, type Waiting } from './waiting.ts'

export type InboxArgs = { after: string | null; ephemeral: boolean }
export type InboxNeeds = { hub: Hub; feed: Feed; missed: Missed; sweep: Sweep }

type Pace = Pick<Out, 'drained' | 'inTurn'>
/** Of what a cursor waits for, which is everyone's: a reader who is too slow for it is too slow for what happens, too. */
const atOnce: Pace = { drained: async () => {}, inTurn: (work) => work() }

type Told = { answer: string; happening: Happening }
/** A channel of the inbox. `from` is null until it is known what may be seen there; what comes while it is caught up with waits. */
type Open = {
  topic: Topic | null
  seat: SeatThere | null
  from: number | null
  fence: number
  newest: number
  waiting: Waiting<Told> | null
}

/** They came into a channel, after `since`; `version`: of their membership. */
type Entry = { since: Position; version: number }

const opensAtOnce = 50

const topicOf = (channelId: string) => `channel.${channelId}`
const channelOf = (topic: string) => topic.slice('channel.'.length)

/** All that concerns one person: their own topic and those of their channels, joined as they come into them and left as they go. */
export async function openInbox(
  { hub, feed, missed, sweep }: InboxNeeds,
  viewer: Listener['viewer'],
  args: InboxArgs,
  out: Out,
): Promise<() => void> {
  const { userId } = viewer
  const channels = new Map<string, Open>()
  /** Which version of their membership took them out of a channel. */
  let gone: Map<string, number> | null = null
  const known: Known = { seen: null, past: null }
  /** What comes while the past is still being told. */
  let held: Waiting<Told> | null = createWaiting()
  /** Channels that they came into before it was read which they are in. */
  let early: Map<string, Entry> | null = new Map()
  let stopped = false
  let resyncing = false
  const began = sweep.safe()
  /** While the past is told: lies before what was not told yet. What is said in between has this cursor. */
  let place: string | undefined = args.after ?? encodeCursor(began)
  /** Channels that they came into until now are caught up with. */
  let entered: Promise<unknown> = Promise.resolve()
  /** What was changed until now is told. */
  let changed: Promise<void> | null = null
  const failed = (error: unknown) => {
    if (!stopped) out.end(error)
  }
  /** Until it is done, a cursor that is given out lies before it. */
  function meanwhile<Result>(work: Promise<Result>): Promise<Result | void> {
    const done = work.catch(failed)
    hub.meanwhile(done)
    return done
  }

  const maySee = ({ topic, seq }: Head): boolean => {
    if (!topic.startsWith('channel.')) return true
    const from = channels.get(topic)?.from
    return from != null && (seq === undefined || seq >= from)
  }

  const wasLeft = (name: string, version: number): boolean => (gone?.get(name) ?? 0) >= version

  /** Nothing of a channel follows after it was left, and no entry comes twice. */
  function pass({ answer, happening }: Told, channel = channels.get(happening.topic)): boolean {
    const { topic, type, seq } = happening
    if (stopped) return false
    if (!channel && topic.startsWith('channel.')) return false
    if (channel && type === 'MessageAdded') {
      if (seq! <= channel.newest) {
        tellChanged(happening)
        return false
      }
      channel.newest = seq!
    }
    out.take(answer)
    return true
  }

  /** The same of what came with the past. */
  function passMissed(answer: string, happening: Happening): boolean {
    const passed = pass({ answer, happening })
    if (passed && happening.type.startsWith('Message')) cameWithPast(known, happening)
    return passed
  }

  /** The topic takes for new what it hears of first; here it came with the past. In another version it is news all the same. */
  function tellChanged(happening: Happening): void {
    if (happening.version > (known.past?.get(happening.entity) ?? 1)) changed = meanwhile(say({ ...happening, type: happening.ifKnown! }))
  }

  const answerTo = (happening: Happening, cursor?: Position) =>
    out.answer(out.selection, happening, { kind: 'person', viewer }, cursor ? encodeCursor(cursor) : place)
  const say = async (happening: Happening, cursor?: Position): Promise<void> =>
    void pass({ answer: await answerTo(happening, cursor), happening })

  /** To whoever listens, or to the rest of a channel that is still being caught up with. */
  function goOn(told: Told): void {
    if (wasMissed(known, told.happening)) return
    const channel = channels.get(told.happening.topic)
    if (channel?.waiting) channel.waiting.push(told)
    else pass(told, channel)
  }

  /** The channel is closed to this person, however it was heard: said once. */
  function leave(name: string, version: number): void {
    if (wasLeft(name, version)) return
    gone ??= new Map<string, number>()
    gone.set(name, version)
    const channel = channels.get(name)
    if (channel) drop(name, channel)
    // Or else it is said, where it has to be, once it is known which they are in.
    else if (early && !early.delete(channelOf(name))) return
    void meanwhile(say(revoked(channelOf(name), version)))
  }

  function movedTo(channelId: string, from: number): void {
    const channel = channels.get(topicOf(channelId))
    if (channel && channel.from !== null) channel.from = from
  }

  function drop(name: string, channel: Open): void {
    if (channels.get(name) === channel) channels.delete(name)
    if (channel.topic) hub.leave(channel.topic, sink)
    channel.topic = null
  }

  const sink: Sink = {
    viewer,
    showsReads: true,
    selection: out.selection,
    wants(happening) {
      const { topic, type, rows, version } = happening
      if (happening.ephemeral) return args.ephemeral && isNew(known, happening)
      if (topic.startsWith('person.')) {
        const { channelId } = (rows.membership ?? {}) as { channelId?: string }
        if (type === 'MemberLeft' || type === 'ChannelDeleted') leave(topicOf(channelId!), version)
        if (type === 'MemberLeft' || type === 'ChannelDeleted') return false
        if (type === 'MembershipChanged' && !wasLeft(topicOf(channelId!), version)) {
          const { since = sweep.safe() } = early?.get(channelId!) ?? {}
          if (early) early.set(channelId!, { since, version })
          else enterMeanwhile(channelId!, { since, version })
        }
        if (type === 'ViewerChanged') sink.showsReads = (rows.account as { readReceipts: boolean }).readReceipts
      }
      return isNew(known, happening)
    },
    take(answer, happening) {
      if (held) held.push({ answer, happening })
      else goOn({ answer, happening })
    },
    evicted: leave,
    // Of every topic at once, but it is one gap.
    lost(isOver) {
      if (isOver) return out.end(tooMuch())
      if (resyncing) return
      resyncing = true
      const resync = feed.now().then((now) => say(signal('ResyncRequired', { reason: 'GAP_TOO_LARGE' }), now))
      void meanwhile(resync.finally(() => (resyncing = false)))
    },
  }

  /** Opens a channel's topic; false where that was overtaken by leaving it. Whoever goes from here on is evicted. */
  async function open(name: string, channel: Open, { from, version, fence }: Pick<Seat, 'from' | 'version' | 'fence'>): Promise<boolean> {
    const topic = await hub.hold(name)
    if (!topic || stopped || channels.get(name) !== channel) {
      if (topic) hub.letGo(topic)
      else drop(name, channel)
      return false
    }
    channel.topic = topic
    channel.seat = topic.join(sink, from, fence, version)
    if (!wasLeft(name, version)) return true
    drop(name, channel)
    await say(revoked(channelOf(name), gone!.get(name)!))
    return false
  }

  /** False where all are open already. */
  async function openAll(seats: readonly Seat[]): Promise<boolean> {
    const unopened = seats.filter(({ channelId }) => !channels.has(topicOf(channelId)))
    const opening = unopened.map((seat) => {
      const channel: Open = { topic: null, seat: null, from: seat.from, fence: seat.fence, newest: 0, waiting: null }
      channels.set(topicOf(seat.channelId), channel)
      return () => open(topicOf(seat.channelId), channel, seat)
    })
    for (let at = 0; at < opening.length && !stopped; at += opensAtOnce)
      await Promise.all(opening.slice(at, at + opensAtOnce).map((start) => start()))
    return opening.length > 0
  }

  /** Until it is caught up with, nothing counts as told: a cursor that is given out now lies before it. */
  function enterMeanwhile(channelId: string, entry: Entry): void {
    const work = meanwhile(enter(channelId, entry))
    entered = entered.then(() => work)
  }

  /** While it runs: what happened in the channel since they came in, then what happens. */
  async function enter(channelId: string, { since, version }: Entry): Promise<void> {
    const name = topicOf(channelId)
    if (channels.has(name) || stopped) return
    const channel: Open = { topic: null, seat: null, from: null, fence: -1, newest: 0, waiting: createWaiting() }
    channels.set(name, channel)
    // No entry is for them before it is known which are.
    if (!(await open(name, channel, { from: Number.MAX_SAFE_INTEGER, version, fence: -1 }))) return
    const state = await feed.topic(name, [userId])
    const stand = state?.people.get(userId)
    if (channels.get(name) !== channel) return
    if (!state || !stand?.isThere) return drop(name, channel)
    channel.from = stand.from
    channel.fence = state.fence
    channel.seat = channel.topic!.join(sink, stand.from, state.fence, stand.version)
    const waiting = channel.waiting!
    do {
      since = await past(atOnce).ofChannel(channelId, since)
      for (let told = waiting.shift(); told; told = waiting.shift()) {
        if (held) held.push(told)
        else pass(told, channel)
        await changed
      }
    } while (!nothingLost(waiting) && channels.get(name) === channel)
    channel.waiting = null
    if (!held) tellUnasked(channel)
  }

  /** Nothing waits, and from here on entries come in order: new ones needn't pass here. */
  function tellUnasked({ seat, newest }: Open): void {
    if (seat) Object.assign(seat, { unasked: newest + 1, take: out.take })
  }

  /** What was changed after they left is not for them, even where their leaving is heard late, or never. */
  async function keepFences(happenings: readonly Happening[]): Promise<void> {
    for (const { topic: name, fence = -1 } of happenings) {
      const channel = channels.get(name)
      if (!channel || channel.from === null || fence <= channel.fence) continue
      const state = await feed.topic(name, [userId])
      const stand = state?.people.get(userId)
      if (channels.get(name) !== channel) continue
      if (!state || state.isGone || !stand?.isThere) leave(name, stand?.version ?? 0)
      else Object.assign(channel, { from: stand.from, fence: state.fence })
    }
  }

  /** Made when it is needed: most of the time there is no past to tell. `pace`: how it waits for its reader. */
  const past = (pace: Pace = out) =>
    createReplay({
      feed,
      missed,
      inbox: {
        userId,
        channels: () => [...channels.keys()].map(channelOf),
        isOpen: (channelId) => channels.has(topicOf(channelId)),
        openNew: async () => openAll((await feed.person(userId)).seats),
        wasLeft: (channelId, version) => wasLeft(topicOf(channelId), version),
        leave: (channelId, version) => leave(topicOf(channelId), version),
        movedTo,
        maySee,
        keepFences,
        isNew: (head) => (held ? isNewInPast(known, head) : isNew(known, head)),
        answer: answerTo,
        pass: passMissed,
        drained: pace.drained,
        inTurn: pace.inTurn,
        isStopped: () => stopped,
      },
    })

  async function begin(): Promise<void> {
    const { showsReads, seats } = await feed.person(userId)
    sink.showsReads = showsReads
    const opened = openAll(seats)
    for (const [channelId, entry] of early ?? []) enterMeanwhile(channelId, entry)
    early = null
    await opened
    const { replayed, until } = args.after === null ? { replayed: 0, until: began } : await past().since(args.after)
    // What is said there may lie before it, too.
    await entered
    await say(signal('StreamReady', { replayed }), until)
    place = encodeCursor(until)
    await catchUp(until)
  }

  /** Lets go what was held. What happens meanwhile joins the end of it; and where that is too much, it is past by then. */
  async function catchUp(since: Position): Promise<void> {
    const waiting = held!
    const tell = async () => {
      const portion = inPortions(out.drained)
      for (let told = waiting.shift(); told && !stopped; told = waiting.shift()) {
        goOn(told)
        // What comes next may have a cursor behind it.
        await changed
        await portion(told.answer)
      }
    }
    while (!stopped) {
      while (!waiting.isEmpty() && !stopped) await out.inTurn(tell)
      if (nothingLost(waiting)) {
        held = null
        place = undefined
        for (const channel of channels.values()) if (!channel.waiting) tellUnasked(channel)
        return
      }
      since = (await past().since(encodeCursor(since))).until
    }
  }

  /** What was let go may count as told several ways, and wasn't. */
  function nothingLost(waiting: Waiting<Told>): boolean {
    const isWhole = waiting.isWhole()
    if (!isWhole) known.seen = null
    return isWhole
  }

  const person = (await hub.hold(`person.${userId}`))!
  person.join(sink, 1)
  void begin().catch(failed)
  return () => {
    stopped = true
    hub.leave(person, sink)
    for (const [name, channel] of [...channels]) drop(name, channel)
  }
}

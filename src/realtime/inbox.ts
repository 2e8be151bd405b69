import { channelOf, channelTopic, isChannelTopic, isPersonTopic, personTopic } from '../kernel/topics.ts'
import type { Feed, Happening, Position } from '../ports/feed.ts'
import { encodeCursor } from './cursor.ts'
import { tooMuch } from './ends.ts'
import type { Hub } from './hub.ts'
import { type Channel, createInboxChannels, type Told } from './inbox-channels.ts'
import { cameWithPast, isNew, isNewInPast, type Known, wasMissed } from './known.ts'
import type { Missed } from './missed.ts'
import { inPortions } from './portion.ts'
import { createReplay } from './replay.ts'
import { askNoMore, never } from './seats.ts'
import { revoked, signal } from './signals.ts'
import type { Sink } from './sink.ts'
import type { Listener, Out } from './streams.ts'
import type { Sweep } from './sweep.ts'
import { createWaiting, type Waiting } from './waiting.ts'

export type InboxArgs = { after: string | null; ephemeral: boolean }
export type InboxNeeds = { hub: Hub; feed: Feed; missed: Missed; sweep: Sweep }

type Pace = Pick<Out, 'drained' | 'inTurn'>
/** Of what a cursor waits for, which is everyone's: a reader who is too slow for it is too slow for what happens, too. */
const atOnce: Pace = { drained: async () => {}, inTurn: (work) => work() }

/** They came into a channel, after `since`; `version`: of their membership. */
type Entry = { since: Position; version: number }

/** All that concerns one person: their own topic and those of their channels, joined as they come into them and left as they go. */
export async function openInbox(
  { hub, feed, missed, sweep }: InboxNeeds,
  viewer: Listener['viewer'],
  args: InboxArgs,
  out: Out,
): Promise<() => void> {
  const { userId } = viewer
  const channels = createInboxChannels({
    hub,
    feed,
    userId,
    sink: () => sink,
    isStopped: () => stopped,
    sayRevoked: (name, version) => say(revoked(channelOf(name), version)),
  })
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

  /** Nothing of a channel follows after it was left, and no entry comes twice. */
  function pass({ answer, happening }: Told, channel = channels.get(happening.topic)): boolean {
    const { topic, type, seq } = happening
    if (stopped) return false
    if (!channel && isChannelTopic(topic)) return false
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
    if (channels.wasLeft(name, version)) return
    // Where it isn't known yet which they are in, it is said, where it has to be, once that is.
    if (!channels.leave(name, version) && early && !early.delete(channelOf(name))) return
    void meanwhile(say(revoked(channelOf(name), version)))
  }

  const sink: Sink = {
    viewer,
    showsReads: true,
    selection: out.selection,
    wants(happening) {
      const { topic, type, rows, version } = happening
      if (happening.ephemeral) return args.ephemeral && isNew(known, happening)
      if (isPersonTopic(topic)) {
        const { channelId } = (rows.membership ?? {}) as { channelId?: string }
        if (type === 'MemberLeft' || type === 'ChannelDeleted') leave(channelTopic(channelId!), version)
        if (type === 'MemberLeft' || type === 'ChannelDeleted') return false
        if (type === 'MembershipChanged' && !channels.wasLeft(channelTopic(channelId!), version)) {
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

  /** Until it is caught up with, nothing counts as told: a cursor that is given out now lies before it. */
  function enterMeanwhile(channelId: string, entry: Entry): void {
    const work = meanwhile(enter(channelId, entry))
    entered = entered.then(() => work)
  }

  /** While it runs: what happened in the channel since they came in, then what happens. */
  async function enter(channelId: string, { since, version }: Entry): Promise<void> {
    const name = channelTopic(channelId)
    if (channels.has(name) || stopped) return
    const waiting: Waiting<Told> = createWaiting()
    const channel = channels.add(name, { waiting })
    // No entry is for them before it is known which are.
    if (!(await channels.open(name, channel, { from: never, version, fence: -1 }))) return
    const state = await feed.topic(name, [userId])
    const stand = state?.people.get(userId)
    if (channels.get(name) !== channel) return
    if (!state || !stand?.isThere) return channels.drop(name, channel)
    channel.from = stand.from
    channel.fence = state.fence
    channel.seat = channel.topic!.join(sink, stand.from, state.fence, stand.version)
    do {
      since = await past(atOnce).ofChannel(channelId, since)
      for (let told = waiting.shift(); told; told = waiting.shift()) {
        if (held) held.push(told)
        else if (channels.get(name) === channel) pass(told, channel)
        await changed
      }
    } while (!nothingLost(waiting) && channels.get(name) === channel)
    channel.waiting = null
    if (!held) tellUnasked(channel)
  }

  /** Nothing waits, and from here on entries come in order: new ones needn't pass here. */
  function tellUnasked({ seat, newest }: Channel): void {
    if (seat) askNoMore(seat, newest + 1, out.take)
  }

  /** Made when it is needed: most of the time there is no past to tell. `pace`: how it waits for its reader. */
  const past = (pace: Pace = out) =>
    createReplay({
      feed,
      missed,
      inbox: {
        userId,
        channels: channels.ids,
        isOpen: (channelId) => channels.has(channelTopic(channelId)),
        openNew: async () => channels.openAll((await feed.person(userId)).seats),
        wasLeft: (channelId, version) => channels.wasLeft(channelTopic(channelId), version),
        leave: (channelId, version) => leave(channelTopic(channelId), version),
        movedTo: channels.movedTo,
        maySee: channels.maySee,
        keepFences: (happenings) => channels.keepFences(happenings, leave),
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
    const opened = channels.openAll(seats)
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
        for (const channel of channels.all()) if (!channel.waiting) tellUnasked(channel)
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

  const person = (await hub.hold(personTopic(userId)))!
  person.join(sink, 1)
  void begin().catch(failed)
  return () => {
    stopped = true
    hub.leave(person, sink)
    channels.close()
  }
}

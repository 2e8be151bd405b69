import { setTimeout as after } from 'node:timers/promises'
import type { Feed, Happening, Head, TopicState } from '../ports/feed.ts'
import type { Answer, Audience, Dependence, Sink } from './sink.ts'

type Needs = {
  name: string
  feed: Pick<Feed, 'numbered' | 'topic'>
  answer: Answer
  /** Called when something here failed: what was missed the sweep brings. */
  failed: (error: unknown) => void
}

/** `fence`: that of the topic when it was last known that this person may listen. */
type Seat = { sink: Sink; from: number; fence: number }

/** Writes to so many sockets in one go; then others have their turn. */
const slice = 500
/** Versions are remembered until two sweeps have passed. */
const remembered = 10_000
const joinMs = 100
/** What an answer needs may be away for a while: then it is tried again, for ten seconds, and nothing overtakes it. */
const againMs = 250
const mostTries = 40
/** Entries read at once to fill a hole. */
const page = 200
/** Before it was ever looked at. */
const unknown = -1
/** Where nothing depends on who listens. */
const anyone: Audience = { kind: 'everyone', showsReads: true, from: 1 }
const nameOf = (audience: Audience): string =>
  audience === anyone ? '' : audience.kind === 'person' ? audience.viewer.userId : `${audience.showsReads} ${audience.from}`
/** In the queue: what was joined is to go out. */
const flushed = {} as Happening

/**
 * One topic on this node: those who listen, and what they have been told. Entries that are numbered go out in their order and
 * without holes: a hole is read from the database first. One happening after the other, whatever takes time in between.
 */
export function createTopic({ name, feed, answer, failed }: Needs) {
  const seats = new Map<string, Map<Sink, Seat>>()
  const told = new Map<string, number>()
  const waiting: Happening[] = []
  const joined = new Map<string, Happening>()
  let flushing: NodeJS.Timeout | null = null
  let flushedAt = -Infinity
  let last = 0
  /** The lowest fence of all seats. */
  let checked = Infinity
  /** Whether all that happened since it was last asked could be told. */
  let toldAll = true
  let opened: Promise<boolean> | null = null
  let working: Promise<void> | null = null

  /** Others are somebody's own, or about somebody: nobody is put out of them. */
  const hasMembers = name.startsWith('channel.')
  const people = () => new Set([...seats.values()].flatMap((sinks) => [...sinks.keys()].map(({ viewer }) => viewer.userId)))

  /** Whether this version was told to everyone here. */
  const isTold = ({ entity, version, seq }: Head): boolean => {
    if (seq !== undefined && (seq > last || version === 1)) return seq <= last
    return (told.get(entity) ?? 0) >= version
  }

  function remember({ entity, version }: Head): void {
    told.delete(entity)
    told.set(entity, version)
    if (told.size > remembered) told.delete(told.keys().next().value!)
  }

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await (next === flushed ? flush() : handle(next))
      } catch (error) {
        toldAll = false
        failed(error)
      }
    }
  }

  async function persist<Value>(work: () => Promise<Value> | Value): Promise<Value> {
    for (let tries = 1; ; tries++) {
      try {
        return await work()
      } catch (error) {
        if (tries === mostTries || seats.size === 0) throw error
        await after(againMs, undefined, { ref: false })
      }
    }
  }

  /**
   * Whoever left before this was written is not to have it, even where their leaving is heard late, or never: once a fence is higher
   * than those of the seats, who may listen is read anew.
   */
  async function keepFence({ fence: behind = unknown }: Happening): Promise<void> {
    if (!hasMembers || behind <= checked) return
    const asked = people()
    if (asked.size === 0) return
    const state = await feed.topic(name, [...asked])
    checked = Infinity
    for (const [key, sinks] of seats)
      for (const seat of sinks.values()) {
        const { sink } = seat
        // Whoever came meanwhile wasn't asked about.
        if (!asked.has(sink.viewer.userId)) checked = Math.min(checked, seat.fence)
        else review(key, seat, state)
      }
    if (state) checked = Math.min(checked, state.fence)
  }

  function review(key: string, seat: Seat, state: TopicState | null): void {
    const { sink } = seat
    const stand = state?.people.get(sink.viewer.userId)
    if (!state || state.isGone || !stand?.isThere) {
      leave(sink, key)
      return sink.evicted(name, stand?.version ?? 0)
    }
    seat.fence = state.fence
    if (seat.from === stand.from) return
    seat.from = stand.from
    sink.movedTo?.(stand.from)
  }

  function pump(): void {
    working ??= work().finally(() => {
      working = null
      if (waiting.length > 0) pump()
    })
  }

  async function handle(happening: Happening): Promise<void> {
    if (happening.ephemeral) return tellAll(happening)
    if (isTold(happening)) return
    if (happening.joins) return joinUp(happening)
    if (happening.seq !== undefined && happening.seq > last) {
      while (happening.seq > last + 1) {
        const missed = await feed.numbered(name, last + 1, Math.min(last + page, happening.seq - 1))
        if (missed.length === 0) break
        for (const one of missed) await tell(one)
      }
      if (happening.seq !== last + 1) throw new Error(`A hole before ${name} ${happening.seq} could not be filled.`)
    }
    await tell(happening)
  }

  /** The first at once, then at most one in a while, of each the newest. */
  async function joinUp(happening: Happening): Promise<void> {
    remember(happening)
    joined.set(happening.entity, happening)
    if (flushing) return
    const wait = flushedAt + joinMs - performance.now()
    if (wait <= 0) return flush()
    flushing = setTimeout(() => {
      flushing = null
      waiting.push(flushed)
      pump()
    }, wait)
    flushing.unref()
  }

  async function flush(): Promise<void> {
    const all = [...joined.values()]
    const first = all[0]
    if (!first?.joins) return
    joined.clear()
    flushedAt = performance.now()
    const rows = all.flatMap((one) => one.rows[first.joins!] as unknown[])
    await tellAll({ ...first, subjects: all.flatMap(({ subjects }) => subjects), rows: { [first.joins]: rows } })
  }

  async function tell(what: Happening): Promise<void> {
    const known = what.seq !== undefined && what.seq <= last
    const happening = known ? { ...what, type: what.ifKnown! } : what
    if (what.seq !== undefined && !known) last = what.seq
    remember(happening)
    if (hasMembers && happening.type === 'MemberLeft') for (const userId of happening.subjects) evict(userId, happening.version)
    // How they stood there is what they know the version of.
    await tellAll(happening.type === 'ChannelDeleted' ? { ...happening, fence: Infinity } : happening)
  }

  async function tellAll(happening: Happening): Promise<void> {
    try {
      await persist(() => keepFence(happening))
    } catch (error) {
      failed(error)
      return lost()
    }
    for (const [key, sinks] of [...seats]) await tellAlike(key, sinks, happening)
  }

  /** Those of one selection: one answer for all whose answers are alike. */
  async function tellAlike(key: string, sinks: Map<Sink, Seat>, happening: Happening): Promise<void> {
    const { type, except, seq = Infinity } = happening
    const byAudience = new Map<string, { audience: Audience; sinks: Sink[] }>()
    let dependsOn: Dependence | null = null
    // Walked for every event: a sink that needn't be asked about itself isn't.
    for (const { sink, from } of sinks.values()) {
      if (seq < from || (except !== undefined && except === sink.viewer.userId) || !sink.wants(happening)) continue
      dependsOn ??= sink.selection.dependsOn(type)
      const audience = audienceOf(sink, from, happening, dependsOn)
      const alike = byAudience.get(nameOf(audience))
      if (alike) alike.sinks.push(sink)
      else byAudience.set(nameOf(audience), { audience, sinks: [sink] })
    }
    for (const { audience, sinks } of byAudience.values()) {
      const made = answered(sinks[0]!.selection, happening, audience)
      const text = typeof made === 'string' ? made : await made
      if (text === null) {
        for (const sink of sinks) sink.lost()
        continue
      }
      for (let at = 0; at < sinks.length; at += slice) {
        if (at > 0) await new Promise(setImmediate)
        const here = seats.get(key)
        for (const sink of sinks.slice(at, at + slice)) if (here?.has(sink)) sink.take(text, happening)
      }
    }
  }

  /** Null where it can't be made. */
  function answered(...asked: Parameters<Answer>): Promise<string | null> | string {
    const made = answer(...asked)
    if (typeof made === 'string') return made
    let first: Promise<string> | null = made
    const again = () => {
      const promise = first ?? answer(...asked)
      first = null
      return promise
    }
    return persist(again).catch((error: unknown) => {
      failed(error)
      return null
    })
  }

  function audienceOf(sink: Sink, from: number, { subjects, reaches = Infinity }: Happening, dependsOn: Dependence): Audience {
    const isTheirs = dependsOn.viewer || (dependsOn.own && subjects.includes(sink.viewer.userId))
    if (isTheirs) return { kind: 'person', viewer: sink.viewer }
    if (!dependsOn.reads && !dependsOn.history) return anyone
    const sees = !dependsOn.history || reaches >= from
    return { kind: 'everyone', showsReads: !dependsOn.reads || sink.showsReads, from: sees ? 1 : Number.MAX_SAFE_INTEGER }
  }

  function evict(userId: string, version: number): void {
    for (const [key, sinks] of seats)
      for (const sink of sinks.keys()) {
        if (sink.viewer.userId !== userId) continue
        leave(sink, key)
        sink.evicted(name, version)
      }
  }

  function leave(sink: Sink, key = sink.selection.key): void {
    const sinks = seats.get(key)
    sinks?.delete(sink)
    if (sinks?.size === 0) seats.delete(key)
    if (seats.size === 0) checked = Infinity
  }

  function lost(): void {
    for (const sinks of [...seats.values()]) for (const sink of [...sinks.keys()]) sink.lost()
  }

  return {
    name,
    isTold,

    /** Reads where the topic is, once it is heard on the bus. False where it doesn't exist. */
    open(): Promise<boolean> {
      opened ??= feed.topic(name, []).then(
        (state) => {
          if (state) last = Math.max(last, state.last)
          pump()
          return state !== null && !state.isGone
        },
        (error: unknown) => {
          opened = null
          throw error
        },
      )
      return opened
    },

    happened(happening: Happening): void {
      waiting.push(happening)
      if (opened) void opened.then(pump, () => {})
    },

    last: () => last,

    /** They may see what is at `from` or behind it; `fence`: the topic's when that was read. Joining again says both anew. */
    join(sink: Sink, from: number, fence: number = unknown): void {
      const sinks = seats.get(sink.selection.key) ?? new Map<Sink, Seat>()
      seats.set(sink.selection.key, sinks.set(sink, { sink, from, fence }))
      checked = Math.min(checked, fence)
    },
    leave: (sink: Sink): void => leave(sink),
    has: (sink: Sink): boolean => seats.get(sink.selection.key)?.has(sink) ?? false,

    /** More happened than could be told, here or elsewhere. */
    lost,

    /** Once all that had happened until now is told; whether all since it was last asked could be. */
    async settled(): Promise<boolean> {
      // What just happened is begun with a moment later, or once the topic is open.
      await opened?.catch(() => {})
      while (working) await working
      const could = toldAll
      toldAll = true
      return could
    },
  }
}

export type Topic = ReturnType<typeof createTopic>

import { setTimeout as after } from 'node:timers/promises'
import type { Feed, Happening, Head } from '../ports/feed.ts'
import { createSeats } from './seats.ts'
import type { Answer } from './sink.ts'
import { createTelling } from './telling.ts'
import { noted, type Versions } from './versions.ts'

type Needs = {
  name: string
  feed: Pick<Feed, 'numbered' | 'topic'>
  answer: Answer
  /** Called when something here failed: what was missed the sweep brings. */
  failed: (error: unknown) => void
}

/** Versions are remembered of so many: more than happens to a topic from one sweep to the next, as a rule. */
const remembered = 10_000
/** While something takes its time: what comes beyond that the sweep brings. */
const mostWaiting = 10_000
const joinMs = 100
/** Entries read at once to fill a hole. */
const page = 200

/**
 * One topic on this node: those who listen, and what they have been told. Entries that are numbered go out in their order and
 * without holes: a hole is read from the database first. One happening after the other, whatever takes time in between.
 */
export function createTopic({ name, feed, answer, failed }: Needs) {
  const seats = createSeats({ name, feed })
  const { tellAll, putOutWhoLeft } = createTelling({ seats, answer, failed })
  let told: Versions = null
  /** What happened, and what is to be done between that. */
  const waiting: (Happening | (() => unknown))[] = []
  const joined = new Map<string, Happening>()
  /** What was joined goes out with this. */
  let flushing: Promise<void> | null = null
  let flushedAt = -Infinity
  let last = 0
  /** Whether all that happened since it was last asked could be told. */
  let toldAll = true
  let opened: Promise<boolean> | null = null
  let working: Promise<void> | null = null

  /** Whether this version was told to everyone here. */
  const isTold = ({ entity, version, seq }: Head): boolean => {
    if (seq !== undefined && (seq > last || version === 1)) return seq <= last
    return (told?.get(entity) ?? 0) >= version
  }

  /** Of a numbered entry that nobody has changed its number says enough. */
  function remember(head: Head): void {
    if (head.seq === undefined || head.version > 1) told = noted(told, head, remembered)
  }

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await (typeof next === 'function' ? next() : handle(next))
      } catch (error) {
        toldAll = false
        failed(error)
      }
    }
  }

  function pump(): void {
    working ??= work().finally(() => {
      working = null
      if (waiting.length > 0) pump()
    })
  }

  /** Begun with a moment later, or once the topic is open. */
  function inTurn(next: Happening | (() => unknown)): void {
    waiting.push(next)
    if (opened) void opened.then(pump, () => {})
  }

  /** Once the topic is open and all that waits now is told; what comes meanwhile isn't waited for. */
  const passed = async () => {
    if (!opened || (waiting.length === 0 && !working)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    inTurn(resolve)
    opened.catch(resolve)
    await promise
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
    flushing = after(wait, undefined, { ref: false }).then(() => {
      flushing = null
      waiting.push(flush)
      pump()
    })
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
    const known = what.seq !== undefined ? what.seq <= last : what.ifKnown !== undefined && told?.has(what.entity)
    const happening = known ? { ...what, type: what.ifKnown! } : what
    if (what.seq !== undefined && !known) last = what.seq
    remember(happening)
    if (happening.type === 'MemberLeft') for (const userId of happening.subjects) seats.evict(userId, happening.version)
    // How they stood there is what they know the version of.
    await tellAll(happening.type === 'ChannelDeleted' ? { ...happening, fence: Infinity } : happening)
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
      if (waiting.length < mostWaiting) inTurn(happening)
      else toldAll = false
    },

    last: () => last,

    join: seats.join,
    leave: seats.leave,
    has: seats.has,

    /** More happened than could be told, here or elsewhere; who left may be among it. */
    lost(): void {
      seats.lost()
      inTurn(putOutWhoLeft)
    },

    /** The database goes on from an earlier moment: nothing that was told counts. What it returns makes who listens begin anew. */
    async restart(): Promise<() => void> {
      const state = await feed.topic(name, [])
      return () => {
        last = state?.last ?? 0
        told = null
        seats.lost(true)
      }
    },

    /** Once all that had happened until now is told; whether all since it was last asked could be. */
    async settled(): Promise<boolean> {
      await passed()
      await flushing
      await passed()
      const could = toldAll
      toldAll = true
      return could
    },
  }
}

export type Topic = ReturnType<typeof createTopic>

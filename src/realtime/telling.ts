import { setTimeout as after } from 'node:timers/promises'
import type { Happening } from '../ports/feed.ts'
import type { Seat, Seats } from './seats.ts'
import type { Answer, Audience, Dependence, Sink } from './sink.ts'

type Needs = {
  seats: Seats
  answer: Answer
  /** Called when something could not be told. */
  failed: (error: unknown) => void
}

/**
 * Tells so much in one go; then others have their turn. Several things that happen at once are told in one go, too: what is written to a
 * socket meanwhile goes out together.
 */
const slice = 5_000
/** What an answer needs may be away for a while: then it is tried again, for ten seconds in all, and nothing overtakes it. */
const againMs = 250
const patienceMs = 10_000

/** Where nothing depends on who listens. */
const anyone: Audience = { kind: 'everyone', showsReads: true, from: 1 }
const nameOf = (audience: Audience): string =>
  audience === anyone ? '' : audience.kind === 'person' ? audience.viewer.userId : `${audience.showsReads} ${audience.from}`

/** Tells what happened to everyone in a topic: one answer for all who ask alike and whose answers are alike. */
export function createTelling({ seats, answer, failed }: Needs) {
  let count = 0
  /** What is left of it for what is being told. */
  let patience = patienceMs

  async function persist<Value>(work: () => Promise<Value> | Value): Promise<Value> {
    for (;;) {
      const begun = performance.now()
      try {
        return await work()
      } catch (error) {
        if (patience <= 0 || seats.isEmpty()) throw error
        await after(againMs, undefined, { ref: false })
        patience -= performance.now() - begun
      }
    }
  }

  /** Null where it can't be made. */
  function answered(...asked: Parameters<Answer>): Promise<string | null> | string {
    let first: Promise<string> | null = null
    try {
      const made = answer(...asked)
      if (typeof made === 'string') return made
      first = made
    } catch {
      // What is made at once may fail at once: it is tried again like all others.
    }
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

  /** Those of one selection. Walked for every event: it reaches no further than it must, and whoever needn't be asked isn't. */
  async function tellAlike(group: ReadonlyMap<Sink, Seat>, happening: Happening, newest: number): Promise<void> {
    const { type, except, seq = Infinity } = happening
    const answers = new Map<string, string | null>()
    let dependsOn: Dependence | null = null
    let told: Audience | null = null
    let text: string | null = null
    /** Where it is a new entry, and the same for everyone here. */
    let same: string | null = null
    for (const seat of group.values()) {
      const { sink, from, nth } = seat
      if (seq < from || nth > newest) continue
      if (same !== null && seq >= seat.unasked) {
        seat.told = seq
        seat.take(same)
      } else {
        if ((except !== undefined && except === sink.viewer.userId) || !sink.wants(happening)) continue
        dependsOn ??= sink.selection.dependsOn(type)
        const audience = audienceOf(sink, from, happening, dependsOn)
        if (audience !== told) {
          const name = nameOf(audience)
          const known = answers.get(name)
          const made = known === undefined ? answered(sink.selection, happening, audience) : known
          text = made instanceof Promise ? await made : made
          answers.set(name, text)
          told = audience
          if (isNewEntry(happening) && isForAnyone(dependsOn)) same = text
          // While it was made they may have gone.
          if (!group.has(sink)) continue
        }
        if (text === null) sink.lost()
        else sink.take(text, happening)
      }
      if (++count % slice === 0) await new Promise(setImmediate)
    }
  }

  return {
    async tellAll(happening: Happening): Promise<void> {
      const newest = seats.newest()
      patience = patienceMs
      try {
        await persist(() => seats.keepFence(happening))
      } catch (error) {
        failed(error)
        return seats.lost()
      }
      for (const group of seats.groups()) await tellAlike(group, happening, newest)
    },

    /** Whoever left unheard is put out; where that can't be known, everyone. */
    async putOutWhoLeft(): Promise<void> {
      patience = patienceMs
      try {
        await persist(() => seats.keepFence({ fence: Infinity }))
      } catch (error) {
        failed(error)
        seats.lost(true)
      }
    },
  }
}

const isNewEntry = ({ type, seq, ifKnown, except }: Happening) => seq !== undefined && type !== ifKnown && except === undefined
const isForAnyone = ({ own, reads, history, viewer }: Dependence) => !own && !reads && !history && !viewer

function audienceOf(sink: Sink, from: number, { subjects, reaches = Infinity }: Happening, dependsOn: Dependence): Audience {
  const isTheirs = dependsOn.viewer || (dependsOn.own && subjects.includes(sink.viewer.userId))
  if (isTheirs) return { kind: 'person', viewer: sink.viewer }
  if (!dependsOn.reads && !dependsOn.history) return anyone
  const sees = !dependsOn.history || reaches >= from
  return { kind: 'everyone', showsReads: !dependsOn.reads || sink.showsReads, from: sees ? 1 : Number.MAX_SAFE_INTEGER }
}

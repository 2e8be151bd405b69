import type { Log } from '../../ports/log.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import type { DecisionsOn } from './decisions.ts'
import type { FactsStore, Listener, Pair } from './facts.store.ts'
import { type Hooks, tellableOf } from './hooks.ts'

export type Place = { channelId: string; seq: number }

type Needs = {
  facts: Pick<FactsStore, 'saidToAll' | 'listeners' | 'text'>
  decisionsOn: DecisionsOn
  register: Pick<PresenceRegister, 'at'>
  hooks: Pick<Hooks, 'isEmpty' | 'tell'>
  log: Log
  everyMs?: number
  mostMessages?: number
  mostPeople?: number
}

const pairsAtOnce = 1_000

/**
 * Tells hooks of what is said in a channel to nobody by name, for those who want to hear of everything there and aren't looking. It is
 * gathered for a second: then each of them is told once of all that came together, by the newest message. So what this costs grows with
 * the people, not with people times messages; and where there are no hooks it costs nothing. Beside the notifier's work and without
 * its row, so nothing waits for it.
 */
export function createSaidToAll({
  facts,
  decisionsOn,
  register,
  hooks,
  log,
  everyMs = 1_000,
  mostMessages = 5_000,
  mostPeople = 10_000,
}: Needs) {
  let said: Place[] = []
  /** Who is told of it by name. */
  let named = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let leftOut = 0

  async function tell(places: readonly Place[], toldByName: ReadonlySet<string>): Promise<void> {
    const messages = Map.groupBy(await facts.saidToAll(places), ({ channelId }) => channelId)
    const listeners = await facts.listeners(
      [...messages].map(([channelId, own]) => ({ channelId, seq: own.at(-1)!.seq })),
      mostPeople,
    )
    if (listeners.length === mostPeople)
      log.warn('Hooks are not told of everyone: too many people want to hear of what was said.', { mostPeople })
    const people = [...new Set(listeners.map(({ userId }) => userId))]
    const looking = new Set((await register.at(people)).flatMap(({ status }, place) => (status === 'ONLINE' ? [people[place]!] : [])))
    const news = listeners.flatMap((listener) => {
      const own = messages
        .get(listener.channelId)!
        .filter(
          ({ seq, senderId }) => seq > listener.afterSeq && senderId !== listener.userId && !toldByName.has(nameOf({ ...listener, seq })),
        )
      return own.length > 0 && !looking.has(listener.userId) ? [{ ...listener, seq: own.at(-1)!.seq, messages: own.length }] : []
    })
    for (let from = 0; from < news.length; from += pairsAtOnce) await tellOf(news.slice(from, from + pairsAtOnce))
  }

  async function tellOf(news: readonly (Listener & { seq: number; messages: number })[]): Promise<void> {
    const counts = new Map(news.map((one) => [nameOf(one), one.messages]))
    const decided = await decisionsOn(news)
    hooks.tell(
      decided
        .filter(({ decision: { at } }) => at.EMAIL !== null || at.PUSH !== null)
        .map((one) => tellableOf(one, facts.text, counts.get(nameOf({ ...one.facts.message, userId: one.facts.recipient.userId })))),
    )
  }

  function run(): void {
    clearTimeout(timer)
    timer = undefined
    const [places, toldByName, missed] = [said, named, leftOut]
    ;[said, named, leftOut] = [[], new Set(), 0]
    if (missed > 0) log.warn('Hooks are not told of everything: too much was said at once.', { messages: missed })
    running = running
      .then(() => tell(places, toldByName))
      .catch((error: unknown) => log.warn('Hooks were not told of what was said: it could not be read who hears of it.', { error }))
  }

  return {
    /** Returns at once. `byName`: who was told of which of them. */
    gather(places: readonly Place[], byName: readonly Pair[]): void {
      if (hooks.isEmpty || places.length === 0) return
      const room = Math.max(0, mostMessages - said.length)
      leftOut += Math.max(0, places.length - room)
      said.push(...places.slice(0, room))
      for (const one of byName) named.add(nameOf(one))
      timer ??= setTimeout(run, everyMs)
      timer.unref()
    },

    /** Once hooks were told of all that is gathered. */
    async settled(): Promise<void> {
      if (timer) run()
      await running
    },
  }
}

export type SaidToAll = ReturnType<typeof createSaidToAll>

const nameOf = ({ channelId, seq, userId }: Pair): string => `${channelId}:${seq}:${userId}`

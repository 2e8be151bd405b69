import { setImmediate as otherWorkFirst } from 'node:timers/promises'
import type { Log } from '../../ports/log.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import type { DecisionsOn } from './decisions.ts'
import type { FactsStore, Listener, Pair, Place } from './facts.store.ts'
import { type Hooks, tellableOf } from './hooks.ts'
import { type Gathered, newsOf, placeOf, type Talk, talksOf } from './talks.ts'

type Needs = {
  facts: Pick<FactsStore, 'saidToAll' | 'listeners' | 'text'>
  decisionsOn: DecisionsOn
  register: Pick<PresenceRegister, 'at'>
  hooks: Pick<Hooks, 'isEmpty' | 'tell'>
  log: Log
  everyMs?: number
  mostMessages?: number
  mostNames?: number
  mostPeople?: number
}

const peopleAtOnce = 500

/**
 * Tells hooks of what is said in a channel to nobody by name, for those who want to hear of everything there and aren't looking. It is
 * gathered for a second: then each of them is told once of all that came together on this node, by the newest message. So what this
 * costs grows with the people, not with people times messages; and where there are no hooks it costs nothing. Beside the notifier's
 * work and without its row, so nothing waits for it; other work has its turn after each 500 people.
 *
 * While they are told the next ones gather. `mostMessages` and `mostNames` (who is told of them by name) bound what does: more messages
 * are left out, and counted in the log.
 */
export function createSaidToAll({
  facts,
  decisionsOn,
  register,
  hooks,
  log,
  everyMs = 1_000,
  mostMessages = 5_000,
  mostNames = 50_000,
  mostPeople = 10_000,
}: Needs) {
  let said: Gathered[] = []
  let names = 0
  let leftOut = 0
  /** Never while it is running. */
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  async function tell(gathered: readonly Gathered[]): Promise<void> {
    const talks = talksOf(await facts.saidToAll(gathered), gathered)
    const listeners = await facts.listeners(
      [...talks].map(([channelId, { seqs }]) => ({ channelId, seq: seqs.at(-1)! })),
      mostPeople,
    )
    if (listeners.length === mostPeople)
      log.warn('Hooks are not told of everyone: too many people want to hear of what was said.', { mostPeople })
    for (let from = 0; from < listeners.length; from += peopleAtOnce) {
      await otherWorkFirst()
      await tellSome(listeners.slice(from, from + peopleAtOnce), talks)
    }
  }

  async function tellSome(listeners: readonly Listener[], talks: ReadonlyMap<string, Talk>): Promise<void> {
    const people = [...new Set(listeners.map(({ userId }) => userId))]
    const looking = new Set((await register.at(people)).flatMap(({ status }, place) => (status === 'ONLINE' ? [people[place]!] : [])))
    const news = listeners
      .filter(({ userId }) => !looking.has(userId))
      .flatMap((listener) => newsOf(listener, talks.get(listener.channelId)!))
    if (news.length === 0) return
    const counts = new Map(news.map((one) => [`${placeOf(one)}:${one.userId}`, one.messages]))
    const decided = await decisionsOn(news)
    hooks.tell(
      decided
        .filter(({ decision: { at } }) => at.EMAIL !== null || at.PUSH !== null)
        .map((one) => tellableOf(one, facts.text, counts.get(`${placeOf(one.facts.message)}:${one.facts.recipient.userId}`))),
    )
  }

  function run(): void {
    clearTimeout(timer)
    timer = undefined
    if (leftOut > 0) log.warn('Hooks are not told of everything: too much was said at once.', { messages: leftOut })
    running = tell(said)
      .catch((error: unknown) => log.warn('Hooks were not told of what was said: it could not be read who hears of it.', { error }))
      .finally(() => {
        running = undefined
        schedule()
      })
    said = []
    names = leftOut = 0
  }

  function schedule(): void {
    if (running || said.length === 0) return
    timer ??= setTimeout(run, everyMs)
    timer.unref()
  }

  return {
    /** Returns at once. `byName`: who was told of which of them. */
    gather(places: readonly Place[], byName: readonly Pair[]): void {
      if (hooks.isEmpty) return
      const named = Map.groupBy(byName, placeOf)
      for (const place of places) {
        const own = named.get(placeOf(place)) ?? []
        if (said.length >= mostMessages || names + own.length > mostNames) leftOut++
        else {
          said.push({ ...place, byName: own.map(({ userId }) => userId) })
          names += own.length
        }
      }
      schedule()
    },

    /** Once hooks were told of all that is gathered. */
    async settled(): Promise<void> {
      await running
      if (timer) run()
      await running
    },
  }
}

export type SaidToAll = ReturnType<typeof createSaidToAll>

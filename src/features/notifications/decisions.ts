import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import { type Decision, decide } from './decide.ts'
import { type Facts, type FactsStore, type Pair, stateOf } from './facts.store.ts'
import type { MailPolicy } from './mail-times.ts'

export type Decided = { facts: Facts; decision: Decision }

type Needs = { facts: Pick<FactsStore, 'of'>; register: Pick<PresenceRegister, 'at'>; clock: Clock; policy: MailPolicy }

/** What is decided now about these people and messages: those of them that there are. */
export function createDecisions({ facts, register, clock, policy }: Needs) {
  return async function decisionsOn(pairs: readonly Pair[], within?: Queries): Promise<Decided[]> {
    const found = await facts.of(pairs, within)
    const people = [...new Set(found.map(({ recipient }) => recipient.userId))]
    const presence = new Map((await register.at(people)).map((one, place) => [people[place]!, one]))
    const now = clock.now()
    return found.map((one) => ({
      facts: one,
      decision: decide(one.message, one.recipient, stateOf(one, presence.get(one.recipient.userId)!, now, policy)),
    }))
  }
}

export type DecisionsOn = ReturnType<typeof createDecisions>

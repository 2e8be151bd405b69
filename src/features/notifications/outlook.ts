import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import { decide, type Recipient } from './decide.ts'
import { type Facts, type FactsStore, laterOf, stateOf } from './facts.store.ts'
import type { Addressee, LettersStore, Line, WaitingConversation } from './letters.store.ts'
import { believable, type MailedPerson, type MailPolicy, planMail } from './mail-times.ts'

type Needs = {
  store: Pick<LettersStore, 'waiting' | 'lines'>
  facts: Pick<FactsStore, 'of'>
  register: Pick<PresenceRegister, 'at'>
  clock: Clock
  policy: MailPolicy
}

export type Reason = { line: Line; facts: Facts }

/** A conversation that somebody may be mailed about, and why: the first lines of it that are unread. */
export type Told = { conversation: WaitingConversation; reasons: Reason[] }

export type Outlook = {
  now: Date
  /** What a mail is about now, the oldest first; empty where it isn't time. */
  told: Told[]
  /** Nothing of these is left to say. */
  over: WaitingConversation[]
  /** When to look again at what then still waits. */
  nextAt: Date | null
}

/** What somebody may be mailed now. Everything is looked at anew: nobody is mailed about what they have read by then. */
export function createOutlook({ store, facts, register, clock, policy }: Needs) {
  async function reasonsOf(userId: string, waiting: readonly WaitingConversation[], presence: Presence, within: Queries) {
    const lines = await store.lines(
      userId,
      waiting.map(({ channelId }) => channelId),
      within,
    )
    const found = await facts.of(lines, within)
    const both = lines.map((line, place) => ({ line, facts: found[place]! }))
    const now = clock.now()
    const reasons = both.filter(
      ({ facts: one }) => decide(one.message, one.recipient, stateOf(one, presence, now, policy)).at.EMAIL !== null,
    )
    return Map.groupBy(reasons, ({ line }) => line.channelId)
  }

  return async function outlook(addressee: Addressee, within: Queries): Promise<Outlook> {
    const { userId } = addressee
    const now = clock.now()
    const [presence] = await register.at([userId])
    const waiting = await store.waiting(userId, within)
    const reasons = await reasonsOf(userId, waiting, presence!, within)
    const account = [...reasons.values()][0]?.[0]?.facts.recipient.account ?? null
    const person = personOf(addressee, account, presence!)
    const worth = waiting.flatMap((one): Told[] => {
      const own = reasons.get(one.channelId)
      // What it has waited for may be read by now.
      const waitingSince = own && laterOf(one.waitingSince, own[0]!.line.createdAt)
      return own ? [{ conversation: { ...believable(one, now), waitingSince: waitingSince! }, reasons: own }] : []
    })
    const { channelIds, nextAt } = planMail(
      worth.map(({ conversation }) => ({ channelId: conversation.channelId, conversation })),
      person,
      now,
      policy,
    )
    const told = worth.filter(({ conversation }) => channelIds.includes(conversation.channelId))
    return {
      now,
      told: told.toSorted((one, other) => Number(one.conversation.waitingSince) - Number(other.conversation.waitingSince)),
      over: waiting.filter(({ channelId }) => !reasons.has(channelId)),
      nextAt,
    }
  }
}

export type LookAt = ReturnType<typeof createOutlook>

type Presence = Awaited<ReturnType<PresenceRegister['at']>>[number]

function personOf({ mails, readAt, timeZone }: Addressee, account: Recipient['account'], { status, lastActiveAt }: Presence): MailedPerson {
  return { isOnline: status === 'ONLINE', seenAt: laterOf(readAt, lastActiveAt), mails, quietHours: account?.quietHours ?? null, timeZone }
}

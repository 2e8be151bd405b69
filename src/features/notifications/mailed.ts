import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import type { Order } from '../mail/mails.ts'
import { laterOf } from './facts.store.ts'
import type { LettersStore } from './letters.store.ts'
import { believable, mailed, mailedMaybe, within24Hours } from './mail-times.ts'

/** What a mail was about, as it is kept with it until it is known what became of it. Times are milliseconds. */
export type About = {
  /** When it was handed over first, and last. */
  firstAt: number
  at: number
  /** Of the words, so that it is known whether they are the same. */
  words: string
  /** Up to which message they were told, and how many beyond those that it shows. */
  conversations: { channelId: string; upTo: number; more: number }[]
}

type Needs = {
  store: Pick<LettersStore, 'addressee' | 'mailed' | 'save' | 'spend' | 'lookAgain'>
  register: Pick<PresenceRegister, 'at'>
  clock: Clock
}

/** Notes what somebody was mailed: it counts for the day, the next one is further away, and what it told doesn't wait any more. */
export function createMailed({ store, register, clock }: Needs) {
  async function note(order: Pick<Order, 'userId' | 'about'>, isTold: boolean, within: Queries): Promise<void> {
    const addressee = order.userId && (await store.addressee(order.userId, within))
    if (!addressee) return
    const { userId, mails, readAt } = addressee
    const about = order.about as About | null
    if (about) {
      const at = new Date(about.at)
      const [presence] = await register.at([userId])
      const person = { seenAt: laterOf(readAt, presence!.lastActiveAt) }
      const upTo = new Map(about.conversations.map(({ channelId, upTo }) => [channelId, upTo]))
      const before = await store.mailed(userId, [...upTo.keys()], within)
      await store.save(
        userId,
        before
          .map((one) => believable(one, clock.now()))
          .map((one) => ({
            ...one,
            ...(isTold ? mailed(one, person, at, upTo.get(one.channelId)!) : mailedMaybe(one, person, at)),
            // What was said since then still waits.
            ...(isTold && one.lastSeq > upTo.get(one.channelId)! && { waitingSince: at }),
          })),
        within,
      )
      await store.spend(userId, [...within24Hours(mails, clock.now()), at], within)
    }
    await store.lookAgain(userId, clock.now(), within)
  }

  return {
    sent: (order: Pick<Order, 'userId' | 'about'>, within: Queries) => note(order, true, within),
    /** It isn't tried again, and may have been taken: it counts, and what it said still waits. */
    unsure: (order: Pick<Order, 'userId' | 'about'>, within: Queries) => note(order, false, within),
  }
}

export type Mailed = ReturnType<typeof createMailed>

import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Log } from '../../ports/log.ts'
import type { Errands } from '../mail/mails.ts'
import type { Addressee, LettersStore } from './letters.store.ts'
import type { Mailed } from './mailed.ts'
import type { NotifierStore } from './notifier.store.ts'
import type { LookAt } from './outlook.ts'

type Needs = {
  notifier: Pick<NotifierStore, 'hold' | 'transaction'>
  store: LettersStore
  lookAt: LookAt
  note: Mailed
  mails: Pick<Errands, 'order'>
  ids: Ids
  clock: Clock
  log: Log
}

/** Of `letter-writer.ts`. */
export const writerName = 'unread'

const putOffMs = 60_000
/** Who writes the mail, or drops it, says when to look again; this is for when nobody did. */
const onItsWayMs = 3_600_000
/** After a mail that could not be sent: else each message would be one more. */
const restMs = 6 * 3_600_000

/**
 * Orders a mail for whoever is due, one at a time: what it says is written when it is handed over, and noted once it was sent. Nobody has
 * two on their way.
 */
export function createLetters({ notifier, store, lookAt, note, mails, ids, clock, log }: Needs) {
  /** Looks at whoever is due first: orders a mail, or puts it off. False where nobody is due, or another node is at it. */
  async function order(): Promise<boolean> {
    let looking: string | null = null
    try {
      return await notifier.transaction(async (within) => {
        // Beside the notifier's own work: what it finds waiting is waiting.
        if (!(await notifier.hold(within))) return false
        const addressee = await store.due(clock.now(), within)
        if (!addressee) return false
        looking = addressee.userId
        await seeTo(addressee, within)
        return true
      })
    } catch (error) {
      const userId = looking as string | null
      if (userId === null) throw error
      log.warn('Somebody could not be mailed about what is unread. They are looked at again in a minute.', { error })
      // Nobody else waits for it.
      await notifier.transaction((within) => store.lookAgain(userId, later(clock.now(), putOffMs), within))
      return true
    }
  }

  async function seeTo(addressee: Addressee, within: Queries): Promise<void> {
    const { userId, email } = addressee
    const last = await store.outstanding(userId, within)
    if (last) {
      const until = last.givenUpAt ? later(last.givenUpAt, restMs) : later(clock.now(), onItsWayMs)
      if (until > clock.now()) return store.lookAgain(userId, until, within)
    }
    const { now, told, over, nextAt } = await lookAt(addressee, within)
    await store.save(
      userId,
      over.map((one) => ({ ...one, waitingSince: null })),
      within,
    )
    if (told.length === 0) return store.lookAgain(userId, nextAt, within)
    if (last) {
      // A dead letter: the new mail is in its place. It may count, which its writer sees.
      await store.discard(last.id, within)
      await note.unsure({ ...last, userId }, within)
    }
    await store.lookAgain(userId, later(now, onItsWayMs), within)
    await mails.order({ key: `unread:${ids()}`, to: email!, userId, priority: 'NOTIFICATION', writer: writerName }, within)
  }

  return { order }
}

const later = (at: Date, ms: number): Date => new Date(at.getTime() + ms)

export type Letters = ReturnType<typeof createLetters>

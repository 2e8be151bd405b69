import { setTimeout as delay } from 'node:timers/promises'
import { MailRefused } from '../../ports/mailer.ts'
import type { Claimed } from './mails.store.ts'

type Waiting = { mail: Pick<Claimed, 'priority'>; latest: number; go: () => void; refuse: (error: unknown) => void }

/**
 * The queue in front of the mailer: what is written waits here until a mail may go. `slot` is 0 where one may, and is taken with that;
 * else it is in how many milliseconds to ask again. Whatever is waiting by then, secrets go first; where none is, it asks `courtesyMs`
 * later, so that another node's goes before.
 */
export function createTurns(slot: () => Promise<number>, courtesyMs: number) {
  let waiting: Waiting[] = []
  let serving = false

  const secret = () => waiting.findIndex(({ mail }) => mail.priority === 'SECRET')
  const next = () => waiting.splice(Math.max(secret(), 0), 1)[0]

  function refuse(error: unknown, which: (one: Waiting) => boolean): void {
    const [refused, kept] = [waiting.filter(which), waiting.filter((one) => !which(one))]
    waiting = kept
    for (const one of refused) one.refuse(error)
  }

  async function serve(): Promise<void> {
    serving = true
    try {
      while (waiting.length > 0) {
        const waitMs = await slot()
        const at = performance.now() + waitMs
        // Nothing was handed over: what was made known of it so far is still so.
        refuse(new MailRefused('Its turn did not come in time.', waitMs), ({ latest }) => latest < at)
        if (waitMs > 0 && waiting.length > 0) await delay(waitMs + (secret() < 0 ? courtesyMs : 0))
        else next()?.go()
      }
    } catch (error) {
      refuse(error, () => true)
    } finally {
      serving = false
    }
  }

  return {
    /** Resolves when it may be handed over; rejects where that is not before `latest`, as `performance.now()` has it. */
    turn: (mail: Pick<Claimed, 'priority'>, latest: number): Promise<void> =>
      new Promise((go, refuse) => {
        waiting.push({ mail, latest, go, refuse })
        if (!serving) void serve()
      }),
  }
}

import type { Clock } from '../../ports/clock.ts'
import type { Database } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Log } from '../../ports/log.ts'
import type { Mailer } from '../../ports/mailer.ts'
import type { Metrics } from '../../ports/metrics.ts'
import { createDeadLetters } from './dead-letters.ts'
import { createMailMeasures } from './mail.measures.ts'
import { createMails } from './mails.ts'
import { createMailsStore } from './mails.store.ts'
import { createPostman } from './postman.ts'

type Needs = { database: Database; mailer: Mailer; ids: Ids; clock: Clock; log: Log; metrics: Metrics; gapMs: number }

const kept = 30 * 86_400_000

/** The parts of this room, put together. */
export function createMailRoom({ database, mailer, ids, clock, log, metrics, gapMs }: Needs) {
  const store = createMailsStore({ ...database, ids })
  const postman = createPostman({
    store,
    transaction: (work) => database.prisma.$transaction(work),
    mailer,
    measures: createMailMeasures(metrics),
    log,
    gapMs,
  })
  return {
    mails: { ...createMails({ store, posted: postman.wake }), forget: store.forget },
    deadLetters: createDeadLetters({ store, posted: postman.wake }),
    start: postman.start,
    settled: postman.settled,
    close: postman.close,
    /** For an hourly call: keys and dead letters are kept for 30 days; of those about messages, `letters.ts` replaces some before. */
    purge: () => store.purge(new Date(clock.now().getTime() - kept)),
  }
}

export type MailRoom = ReturnType<typeof createMailRoom>

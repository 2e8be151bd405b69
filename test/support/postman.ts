import { createIds } from '../../src/adapters/ids.ts'
import { createMetrics } from '../../src/adapters/metrics.ts'
import { openDatabase } from '../../src/adapters/database.ts'
import { createMailMeasures } from '../../src/features/mail/mail.measures.ts'
import { createMails, type Outgoing, type Writer } from '../../src/features/mail/mails.ts'
import { createMailsStore } from '../../src/features/mail/mails.store.ts'
import { createPostman } from '../../src/features/mail/postman.ts'
import type { Log } from '../../src/ports/log.ts'
import type { Mailer } from '../../src/ports/mailer.ts'

type Options = {
  url: string
  mailer: Mailer
  log: Log
  writers?: Record<string, Writer>
  /** As of a postman. */
  gapMs?: number
  leaseMs?: number
  answerMs?: number
  everyMs?: number
  tidyMs?: number
}

/** The mail of one node: a queue, and who sends what is in it. */
export async function openPost({ url, mailer, log, writers = {}, gapMs = 0, ...terms }: Options) {
  const database = await openDatabase({ url, poolSize: 4, log })
  const store = createMailsStore({ ...database, ids: createIds() })
  const metrics = createMetrics()
  const postman = createPostman({
    store,
    transaction: (work) => database.prisma.$transaction(work),
    mailer,
    measures: createMailMeasures(metrics),
    log,
    gapMs,
    everyMs: 20,
    tidyMs: 20,
    ...terms,
  })
  return {
    ...createMails({ store, posted: postman.wake }),
    database,
    store,
    postman,
    metrics,
    start: () => postman.start(writers),
    async close() {
      await postman.close()
      await database.close()
    },
  }
}

export type Post = Awaited<ReturnType<typeof openPost>>

export const mailTo = (to: string, more: Partial<Outgoing> = {}): Outgoing => ({
  key: `test:${to}`,
  to,
  userId: null,
  priority: 'NOTIFICATION',
  letter: { subject: `To ${to}`, text: 'It is a s3cret', html: '<p>It is a s3cret</p>', headers: { 'X-Parley': 'yes' } },
  ...more,
})

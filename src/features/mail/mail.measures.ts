import type { Metrics } from '../../ports/metrics.ts'
import type { Standing } from './mails.store.ts'

/** What is counted of the mail. What waits is the same on every node: it is read from the database every ten seconds. */
export function createMailMeasures(metrics: Metrics) {
  const sent = metrics.counter('parley_mails_sent_total', 'Mails that were accepted.', ['priority'])
  const failed = metrics.counter('parley_mails_failed_total', 'Tries to send a mail that failed.', ['priority'])
  const dropped = metrics.counter('parley_mails_dropped_total', 'Mails that had nothing left to say when it was their turn.', ['priority'])
  let now: Standing = { queued: 0, dead: 0, oldestSeconds: 0 }
  metrics.gauge('parley_mails_queued', 'Mails that wait to be sent, on all nodes together.', () => now.queued)
  metrics.gauge('parley_mails_dead', 'Mails that could not be sent and wait for an administrator.', () => now.dead)
  metrics.gauge('parley_mails_oldest_seconds', 'How long the oldest mail that waits has been waiting.', () => now.oldestSeconds)
  return {
    sent: (priority: string) => sent({ priority }),
    failed: (priority: string) => failed({ priority }),
    dropped: (priority: string) => dropped({ priority }),
    stands: (standing: Standing) => void (now = standing),
  }
}

export type MailMeasures = ReturnType<typeof createMailMeasures>

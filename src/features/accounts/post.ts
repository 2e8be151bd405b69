import { setImmediate as otherWorkFirst, setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../../ports/log.ts'
import type { Mail, Mailer, MailRefused } from '../../ports/mailer.ts'
import type { SmsSender } from '../../ports/sms.ts'

export type Sms = Parameters<SmsSender['send']>[0]

/**
 * Mails and short messages, sent after the answer: nobody waits for a mail server, and how long an answer takes doesn't tell
 * whether there was anything to send. What a stop cuts off is lost; whoever needs it asks again.
 */
export type Post = {
  /** `prepare` runs in the background, too; null: there is nothing to send after all. */
  mail(prepare: () => Promise<Mail | null> | Mail): void
  sms(message: Sms): void
  /** Once all that was handed in until now is sent, or given up. */
  settled(): Promise<void>
  /** No further tries; resolves once what is under way has ended. */
  close(): Promise<void>
}

const mostTries = 4
const mostUnderWay = 1_000
const longestPauseMs = 60_000

export function createPost({ mailer, sms, log, pauseMs = 1_000 }: { mailer: Mailer; sms: SmsSender; log: Log; pauseMs?: number }): Post {
  const underWay = new Set<Promise<unknown>>()
  const closing = new AbortController()

  const inBackground = (kind: string, work: () => Promise<unknown>) => {
    if (underWay.size >= mostUnderWay) return log.error(`A ${kind} was not sent: too many are under way.`)
    const done = otherWorkFirst()
      .then(work)
      .finally(() => underWay.delete(done))
    underWay.add(done)
  }

  const persistently = async <Result>(kind: string, work: () => Promise<Result>, to = ''): Promise<Result | null> => {
    for (let tries = 1; ; tries++) {
      try {
        return await work()
      } catch (error) {
        const pause = pauseAfter(error, tries, pauseMs)
        if (pause !== null && tries < mostTries && (await paused(pause, closing.signal))) continue
        log.error(`A ${kind} was not sent.`, { reason: nameless(error, to), tries })
        return null
      }
    }
  }

  return {
    mail: (prepare) =>
      inBackground('mail', async () => {
        const mail = await persistently('mail', async () => prepare())
        if (mail) await persistently('mail', () => mailer.send(mail), mail.to)
      }),

    sms: (message) => inBackground('short message', () => persistently('short message', () => sms.send(message), message.to)),

    async settled() {
      await Promise.all(underWay)
    },

    async close() {
      closing.abort()
      await Promise.all(underWay)
    },
  }
}

/** What the refusal asks for, or else longer each time; null where trying again can't help. */
function pauseAfter(error: unknown, tries: number, pauseMs: number): number | null {
  const { retryAfterMs } = error as Partial<MailRefused>
  if (retryAfterMs === null) return null
  return Math.min(retryAfterMs ?? pauseMs * 4 ** (tries - 1), longestPauseMs)
}

/** False where the stop came first. */
const paused = (ms: number, signal: AbortSignal): Promise<boolean> => wait(ms, true, { signal, ref: false }).catch(() => false)

/** The log says why, and never to whom. */
const nameless = (error: unknown, to: string): string => {
  const { name, message } = error as Error
  return to ? message.replaceAll(to, '…') : name
}

import { setImmediate as otherWorkFirst, setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../../ports/log.ts'
import type { SmsRefused, SmsSender } from '../../ports/sms.ts'

export type Sms = Parameters<SmsSender['send']>[0]

/**
 * Short messages, sent after the answer: nobody waits for their provider. What a stop cuts off is lost; whoever needs it asks again.
 * Mails are kept in the database until they are sent, by the room `mail`.
 */
export type Post = {
  sms(message: Sms): void
  /** Once all that was handed in until now is sent, or given up. */
  settled(): Promise<void>
  /** No further tries; resolves once what is under way has ended. */
  close(): Promise<void>
}

const mostTries = 4
const mostUnderWay = 1_000
const longestPauseMs = 60_000

export function createPost({ sms, log, pauseMs = 1_000 }: { sms: SmsSender; log: Log; pauseMs?: number }): Post {
  const underWay = new Set<Promise<unknown>>()
  const closing = new AbortController()

  async function send(message: Sms): Promise<void> {
    await otherWorkFirst()
    for (let tries = 1; ; tries++) {
      try {
        return await sms.send(message)
      } catch (error) {
        const pause = pauseAfter(error, tries, pauseMs)
        if (pause !== null && tries < mostTries && (await paused(pause, closing.signal))) continue
        log.error('A short message was not sent.', { reason: (error as Error).message.replaceAll(message.to, '…'), tries })
        return
      }
    }
  }

  return {
    sms(message) {
      if (underWay.size >= mostUnderWay) return log.error('A short message was not sent: too many are under way.')
      const done = send(message).finally(() => underWay.delete(done))
      underWay.add(done)
    },

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
  const { retryAfterMs } = error as Partial<SmsRefused>
  if (retryAfterMs === null) return null
  return Math.min(retryAfterMs ?? pauseMs * 4 ** (tries - 1), longestPauseMs)
}

/** False where the stop came first. */
const paused = (ms: number, signal: AbortSignal): Promise<boolean> => wait(ms, true, { signal, ref: false }).catch(() => false)

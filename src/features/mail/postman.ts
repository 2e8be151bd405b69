import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../../ports/log.ts'
import { type Mailer, MailRefused } from '../../ports/mailer.ts'
import type { Queries } from '../../ports/database.ts'
import type { MailMeasures } from './mail.measures.ts'
import type { Order, Writer, Written } from './mails.ts'
import type { Claimed, MailsStore } from './mails.store.ts'
import { mostTries, pauseBefore } from './tries.ts'
import { createTurns } from './turns.ts'

type Needs = {
  store: Omit<MailsStore, 'add' | 'deadLetters' | 'revive' | 'forget' | 'purge'>
  transaction: <Result>(work: (within: Queries) => Promise<Result>) => Promise<Result>
  mailer: Mailer
  measures: MailMeasures
  log: Log
  /** Between two mails, over all nodes. */
  gapMs: number
  /** How long a mail is one node's: nobody hands it over later than `leaseMs - answerMs` after that. */
  leaseMs?: number
  /** The longest that a mailer takes. */
  answerMs?: number
  everyMs?: number
  tidyMs?: number
}

/** After something was posted its transaction may still be open: looks that soon, one after the other, then as always. */
const soonMs = [0, 5, 20, 80, 320]
const mostUnderWay = 20
/** Being written, or waiting for their turn: so few that it comes well within the lease, and that a secret is soon among them. */
const mostWaiting = 4
/** Then it is asked anew whether all still have to wait. */
const longestPauseMs = 3_600_000

/** Its lease ended meanwhile. */
class TakenOver extends Error {}

/**
 * Sends what is posted, on every node beside each other. A mail is claimed for a while: whoever dies with one in hand loses it to
 * another node, which sends it with the same key.
 */
export function createPostman({
  store,
  transaction,
  mailer,
  measures,
  log,
  gapMs,
  leaseMs = 30_000,
  answerMs = 12_000,
  everyMs = 1_000,
  tidyMs = 10_000,
}: Needs) {
  const underWay = new Set<Promise<void>>()
  const { turn } = createTurns(() => store.slot(gapMs), gapMs / 20)
  let waiting = 0
  let handedOver = Promise.withResolvers<void>()
  let writers: Record<string, Writer> = {}
  let round: Promise<void> | null = null
  let stopped = false
  let failing = false
  let looks = soonMs.length
  let tidyAt = 0
  let sleep = new AbortController()

  function writerOf({ writer }: Claimed): Writer {
    const found = writers[writer ?? '']
    if (!found) throw new Error(`Nobody here writes ${writer}.`)
    return found
  }

  /** What is to be sent, as it was kept by the first try or as it is now; null where there is nothing to send. */
  async function letterOf(mail: Claimed): Promise<Written | null> {
    if (mail.letter) return mail.letter
    const writer = writerOf(mail)
    return transaction(async (within) => {
      const written = await writer.write(mail, within)
      // What was made for it must not stay: somebody else has made another one, and mailed that.
      if (!(await (written ? store.write(mail, written, within) : store.drop(mail, within)))) throw new TakenOver()
      return written
    })
  }

  /** What is to be handed over now, by this node alone. */
  async function readyToGo(mail: Claimed): Promise<Written | null> {
    const latest = performance.now() + leaseMs - answerMs
    waiting++
    try {
      const letter = await letterOf(mail)
      if (letter) await turn(mail, latest)
      return letter
    } finally {
      waiting--
      handedOver.resolve()
      handedOver = Promise.withResolvers()
    }
  }

  async function deliver(mail: Claimed): Promise<void> {
    let about: unknown = null
    try {
      const letter = await readyToGo(mail)
      if (!letter) return measures.dropped(mail.priority)
      const { about: it, ...words } = letter
      about = it ?? null
      await mailer.send({ ...words, to: mail.to, idempotencyKey: mail.id })
    } catch (error) {
      return error instanceof TakenOver ? undefined : failed(mail, error, about)
    }
    measures.sent(mail.priority)
    await (about ? noteSent(writerOf(mail), mail, { ...mail, about }) : store.sent(mail))
  }

  const noteSent = (writer: Writer, mail: Claimed, order: Order): Promise<void> =>
    transaction(async (within) => {
      if (await store.sent(mail, within)) await writer.sent?.(order, within)
    })

  /** `about`: of what was handed over. */
  async function failed(mail: Claimed, error: unknown, about: unknown): Promise<void> {
    measures.failed(mail.priority)
    const refusal = error instanceof MailRefused ? error : null
    // Of what is no refusal only the kind is said: nobody knows what stands in it.
    const reason = refusal ? refusal.message.slice(0, 500) : `It could not be written or handed over: ${(error as Error).name}.`
    // What may have been taken in an earlier try still may.
    const maybe = refusal && !refusal.mayBeTaken ? mail.about : (about ?? mail.about)
    if (refusal?.retryAfterMs === null || mail.tries >= mostTries) {
      log.error('A mail was not sent. It is kept among the dead letters.', { reason: reason.replaceAll(mail.to, '…'), tries: mail.tries })
      await store.dead(mail, reason, maybe)
      return
    }
    if (refusal?.forAll) await store.pause(Math.min(refusal.retryAfterMs, longestPauseMs))
    await store.again(mail, reason, maybe, pauseBefore(mail.tries + 1, refusal?.retryAfterMs))
  }

  function hand(mail: Claimed): void {
    const delivery = deliver(mail)
      .catch((error: unknown) =>
        log.warn('A mail is left as it is until somebody takes it over: its end could not be written down.', { error }),
      )
      .finally(() => underWay.delete(delivery))
    underWay.add(delivery)
  }

  async function tidy(): Promise<void> {
    if (performance.now() < tidyAt) return
    tidyAt = performance.now() + tidyMs
    const { expired, died } = await store.tidy(mostTries)
    if (expired > 0) log.warn('Mails could not be sent in time. Nobody waits for them any more.', { mails: expired })
    if (died > 0) log.error('Mails were tried too often without an answer. They are kept among the dead letters.', { mails: died })
    measures.stands(await store.standing())
  }

  /** Hands out what can be; answers after how many milliseconds to look again. */
  async function look(): Promise<number> {
    await tidy()
    while (!stopped) {
      while (underWay.size >= mostUnderWay) await Promise.race(underWay)
      while (waiting >= mostWaiting) await handedOver.promise
      const found = await store.claim({ leaseMs, gapMs, mostTries })
      if (found === null) return soonMs[looks++] ?? everyMs
      if (typeof found === 'number') return Math.min(Math.max(found, 1), everyMs)
      hand(found)
    }
    return 0
  }

  async function rounds(): Promise<void> {
    while (!stopped) {
      sleep = new AbortController()
      let pause = everyMs
      try {
        pause = await look()
        failing = false
      } catch (error) {
        if (!failing) log.warn('Mails wait: the queue can not be read.', { error })
        failing = true
      }
      if (!stopped) await delay(pause, undefined, { signal: sleep.signal, ref: false }).catch(() => {})
    }
  }

  const wake = () => {
    looks = 0
    // Whoever posted goes on first.
    setImmediate(() => sleep.abort())
  }

  return {
    start(known: Record<string, Writer>): void {
      writers = known
      round ??= rounds()
    },

    /** There is something new. */
    wake,

    /** Once nothing is due any more and nothing is under way. */
    async settled(): Promise<void> {
      while (underWay.size > 0 || (await store.busy(mostTries))) {
        wake()
        await Promise.race([...underWay, delay(5)])
      }
    },

    /** Takes nothing more; resolves once what is under way has ended. */
    async close(): Promise<void> {
      stopped = true
      sleep.abort()
      await round
      await Promise.all(underWay)
    },
  }
}

export type Postman = ReturnType<typeof createPostman>

import { type OutgoingMail, Prisma } from '../../generated/prisma/client.ts'
import type { Page } from '../../kernel/page.ts'
import type { Database, Queries } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Letter, Written } from './mails.ts'

export type NewMail = Pick<OutgoingMail, 'key' | 'priority' | 'userId'> & { to: string; notAfter?: Date; writer?: string } & Partial<Letter>

/** A mail in the hands of one node, until its lease ends. */
export type Claimed = {
  id: string
  claim: string
  tries: number
  to: string
  priority: OutgoingMail['priority']
  userId: string | null
  writer: string | null
  letter: Letter | null
  /** Of a mail that is written anew for each try. */
  about: unknown
}

export type ClaimTerms = { leaseMs: number; gapMs: number; mostTries: number }

export type Standing = { queued: number; dead: number; oldestSeconds: number }

export type DeadLetter = Pick<OutgoingMail, 'id' | 'priority' | 'subject' | 'tries' | 'lastError' | 'createdAt'> & { to: string; at: Date }
export type DeadLetterKey = { at: Date; id: string }

type MailRow = {
  id: string
  claim: string
  tries: number
  recipient: string
  user_id: string | null
  priority: OutgoingMail['priority']
  writer: string | null
  subject: string | null
  text: string | null
  html: string | null
  headers: Record<string, string> | null
  about: unknown
}

const erased = `recipient = '', last_error = NULL, writer = NULL, subject = NULL, text = NULL, html = NULL, headers = NULL, about = NULL`

/**
 * Every statement of the queue. Times are the database's: what one node puts off, another one takes up. Those of the postman have
 * names, and are written by hand, since they run each second.
 */
export function createMailsStore({ prisma, pool, ids }: Pick<Database, 'prisma' | 'pool'> & { ids: Ids }) {
  const run = <Row extends object = object>(name: string, text: string, values: unknown[]) =>
    pool.query<Row>({ name: `mails_${name}`, text, values })
  /** Of a try that is still ours. */
  const settle = async (
    name: string,
    { id, claim }: Pick<Claimed, 'id' | 'claim'>,
    set: string,
    ...values: unknown[]
  ): Promise<boolean> => {
    const { rowCount } = await run(name, `UPDATE mails SET ${set} WHERE id = $1 AND claim = $2`, [id, claim, ...values])
    return rowCount === 1
  }

  return {
    /** A key that was used before changes nothing. */
    async add(
      { key, to, userId, priority, notAfter, writer, subject, text, html, headers }: NewMail,
      within: Queries = prisma,
    ): Promise<void> {
      await within.$executeRaw`
        INSERT INTO mails (id, key, recipient, user_id, priority, not_after, writer, subject, text, html, headers)
        VALUES (${ids()}::uuid, ${key}, ${to}, ${userId}::uuid, ${priority}::"MailPriority", ${notAfter}, ${writer}, ${subject}, ${text}, ${html},
          ${headers && JSON.stringify(headers)}::jsonb)
        ON CONFLICT (key) DO NOTHING`
    },

    /** The next mail, if one is due and may go soon; else in how many milliseconds to ask again, null where none is due. */
    async claim({ leaseMs, gapMs, mostTries }: ClaimTerms): Promise<Claimed | number | null> {
      const { rows } = await run<{ mail: MailRow | null; wait_ms: number }>('claim', 'SELECT * FROM claim_mail($1, $2, $3)', [
        leaseMs,
        gapMs,
        mostTries,
      ])
      const [found] = rows
      return found ? (found.mail ? claimedOf(found.mail) : found.wait_ms) : null
    },

    /** 0: whoever asked may hand one mail over now. Else in how many milliseconds to ask again. */
    async slot(gapMs: number): Promise<number> {
      const { rows } = await run<{ wait_ms: number }>('slot', 'SELECT take_slot($1) AS wait_ms', [gapMs])
      return rows[0]!.wait_ms
    },

    /** Keeps what was written, so that every try says the same; or what it was about. False where somebody else has taken over. */
    async write({ id, claim }: Claimed, { subject, text, html, headers, about }: Written, within: Queries): Promise<boolean> {
      const kept = about
        ? Prisma.sql`about = ${JSON.stringify(about)}::jsonb`
        : Prisma.sql`subject = ${subject}, text = ${text}, html = ${html}, headers = ${headers && JSON.stringify(headers)}::jsonb, writer = NULL`
      return (await within.$executeRaw`UPDATE mails SET ${kept} WHERE id = ${id}::uuid AND claim = ${claim}::uuid`) === 1
    },

    /** As if it had not been posted. False as well. */
    async drop({ id, claim }: Claimed, within: Queries): Promise<boolean> {
      return (await within.$executeRaw`DELETE FROM mails WHERE id = ${id}::uuid AND claim = ${claim}::uuid`) === 1
    },

    async sent({ id, claim }: Claimed, within: Queries = prisma): Promise<boolean> {
      const count = await within.$executeRaw`
        UPDATE mails SET state = 'SENT', settled_at = now(), ${Prisma.raw(erased)} WHERE id = ${id}::uuid AND claim = ${claim}::uuid`
      return count === 1
    },
    /** `about`: of what may have been taken; null where nothing was. */
    again: (mail: Claimed, error: string, about: unknown, afterMs: number) =>
      settle(
        'again',
        mail,
        `last_error = $3, about = $4, claim = NULL, due_at = clock_timestamp() + $5 * interval '1 millisecond'`,
        error,
        jsonOf(about),
        afterMs,
      ),
    dead: (mail: Claimed, error: string, about: unknown) =>
      settle('dead', mail, `state = 'DEAD', settled_at = now(), last_error = $3, about = $4`, error, jsonOf(about)),

    /** Nobody hands anything over for so long. */
    async pause(ms: number): Promise<void> {
      await run(
        'pause',
        `UPDATE server SET next_mail_at = greatest(next_mail_at, clock_timestamp() + $1 * interval '1 millisecond') WHERE id = 1`,
        [ms],
      )
    },

    /**
     * Ends what nobody waits for any more, and what was tried too often without an answer; erases dead letters that came too late.
     * What is under way is left to whoever has it.
     */
    async tidy(mostTries: number): Promise<{ expired: number; died: number }> {
      const { rows } = await run<{ expired: number; died: number }>(
        'tidy',
        `WITH expired AS (
           UPDATE mails SET state = 'EXPIRED', settled_at = now(), ${erased}
           WHERE state = 'QUEUED' AND not_after <= now() AND (claim IS NULL OR due_at <= now()) RETURNING 1
         ), died AS (
           UPDATE mails SET state = 'DEAD', settled_at = now(),
             last_error = coalesce(last_error, 'Whoever was sending it ended before there was an answer.')
           WHERE state = 'QUEUED' AND tries >= $1 AND due_at <= now() AND (not_after IS NULL OR not_after > now()) RETURNING 1
         ), late AS (
           UPDATE mails SET state = 'EXPIRED', ${erased} WHERE state = 'DEAD' AND not_after <= now()
         )
         SELECT (SELECT count(*) FROM expired)::int AS expired, (SELECT count(*) FROM died)::int AS died`,
        [mostTries],
      )
      return rows[0]!
    },

    async standing(): Promise<Standing> {
      const { rows } = await run<Standing>(
        'standing',
        `SELECT count(*) FILTER (WHERE state = 'QUEUED')::int AS queued, count(*) FILTER (WHERE state = 'DEAD')::int AS dead,
           coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE state = 'QUEUED')), 0)::float8 AS "oldestSeconds"
         FROM mails WHERE state IN ('QUEUED', 'DEAD')`,
        [],
      )
      return rows[0]!
    },

    /** Whether a mail is due now or under way. */
    async busy(mostTries: number): Promise<boolean> {
      const { rows } = await run(
        'busy',
        `SELECT FROM mails WHERE state = 'QUEUED' AND tries < $1 AND (due_at <= clock_timestamp() OR claim IS NOT NULL)
           AND (not_after IS NULL OR not_after > clock_timestamp()) LIMIT 1`,
        [mostTries],
      )
      return rows.length > 0
    },

    /** What goes with an account: mails to be sent, and dead letters. */
    async forget(userId: string, addresses: readonly string[], within: Queries): Promise<void> {
      await within.$executeRaw`
        DELETE FROM mails WHERE state IN ('QUEUED', 'DEAD') AND (user_id = ${userId}::uuid OR recipient <> '' AND recipient = ANY (${[...addresses]}))`
    },

    async purge(before: Date): Promise<number> {
      const { count } = await prisma.outgoingMail.deleteMany({ where: { settledAt: { lt: before } } })
      return count
    },

    /** The newest first. In the page's own direction, one more than it takes where there are more. */
    deadLetters: ({ take, backward, after, before }: Page<DeadLetterKey>): Promise<DeadLetter[]> =>
      prisma.$queryRaw<DeadLetter[]>`
        SELECT id::text AS id, priority::text AS priority, recipient AS "to", subject, tries, last_error AS "lastError", created_at AS "createdAt", settled_at AS at
        FROM mails WHERE state = 'DEAD'
          ${after ? Prisma.sql`AND (settled_at, id) < (${after.at}, ${after.id}::uuid)` : Prisma.empty}
          ${before ? Prisma.sql`AND (settled_at, id) > (${before.at}, ${before.id}::uuid)` : Prisma.empty}
        ORDER BY ${backward ? Prisma.sql`settled_at, id` : Prisma.sql`settled_at DESC, id DESC`} LIMIT ${take + 1}`,

    /** From the beginning, at once; false where there is no such dead letter. */
    async revive(id: string): Promise<boolean> {
      const count = await prisma.$executeRaw`
        UPDATE mails SET state = 'QUEUED', settled_at = NULL, tries = 0, claim = NULL, due_at = clock_timestamp()
        WHERE id = ${id}::uuid AND state = 'DEAD' AND (not_after IS NULL OR not_after > now())`
      return count === 1
    },
  }
}

export type MailsStore = ReturnType<typeof createMailsStore>

const jsonOf = (about: unknown) => about && JSON.stringify(about)

const claimedOf = ({ recipient, user_id, subject, text, html, headers, ...row }: MailRow): Claimed => ({
  ...row,
  to: recipient,
  userId: user_id,
  letter: subject !== null && text !== null && html !== null ? { subject, text, html, ...(headers && { headers }) } : null,
})

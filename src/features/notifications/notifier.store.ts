import { type Notification, Prisma } from '../../generated/prisma/client.ts'
import type { Database, Queries } from '../../ports/database.ts'
import type { Kind } from './decide.ts'
import type { Pair } from './facts.store.ts'
import { columns } from './notifications.store.ts'

/**
 * How far the change feed was seen to: all that is visible in the snapshot `since`; and where `until` is set, of what is visible in that
 * one all up to a place.
 */
export type Progress = { since: string; until: string | null; afterChannel: string | null; afterSeq: number | null }

export type Listing = Pair & { id: string; kind: Kind; actorId: string; createdAt: Date }
export type Wait = { userId: string; channelId: string; since: Date; dueAt: Date }

/** A snapshot in the words of a statement: what was in it is below its upper end, but for what was under way. */
function partsOf(snapshot: string): { upper: string; underWay: string[] } {
  const [, upper, underWay] = snapshot.split(':') as [string, string, string]
  return { upper, underWay: underWay ? underWay.split(',') : [] }
}

/** So that nobody who writes is kept waiting, nor ever taken for part of a deadlock. */
export async function giveUpSoon(within: Queries): Promise<void> {
  await within.$queryRaw`SELECT set_config('lock_timeout', '200ms', true), set_config('idle_in_transaction_session_timeout', '5s', true)`
}

/** Who has this row holds the notifier's work: one node at a time, for as long as its transaction lasts. */
export function createNotifierStore({ prisma, pool }: Pick<Database, 'prisma' | 'pool'>) {
  return {
    /**
     * Gives up soon where somebody else holds a row. A node that is gone without a word has it for five seconds, so that another one is
     * at it within ten.
     */
    transaction: <Result>(work: (within: Queries) => Promise<Result>): Promise<Result> =>
      prisma.$transaction(async (within) => {
        await giveUpSoon(within)
        return work(within)
      }),

    /** Whether anything was written since, and whether somebody is to be mailed: what every node asks each second, at no cost. */
    async isDue(since: string, now: Date): Promise<{ hasNews: boolean; hasMail: boolean }> {
      const { upper, underWay } = partsOf(since)
      const { rows } = await pool.query<{ hasNews: boolean; hasMail: boolean }>({
        text: `SELECT coalesce((SELECT max(changed) FROM messages) >= $1, false) OR EXISTS (SELECT FROM messages WHERE changed = ANY ($2)) AS "hasNews",
                 EXISTS (SELECT FROM mail_people WHERE due_at <= $3) AS "hasMail"`,
        values: [upper, underWay, now],
      })
      return rows[0]!
    },

    /** How far it is, held until the transaction's end; null where another node is at it. `isCurrent`: of this history. */
    async hold(within: Queries): Promise<(Progress & { isCurrent: boolean }) | null> {
      const [row] = await within.$queryRaw<(Progress & { isCurrent: boolean })[]>`
        SELECT n.since, n.until, n.after_channel::text AS "afterChannel", n.after_seq AS "afterSeq", n.epoch = s.epoch AS "isCurrent"
        FROM notifier n JOIN server s ON s.id = n.id FOR UPDATE OF n SKIP LOCKED`
      return row ?? null
    },

    /** Asked once the row is held: so it lies behind all that another node has seen to. */
    async now(within: Queries): Promise<string> {
      const [row] = await within.$queryRaw<{ snapshot: string }[]>`SELECT pg_current_snapshot()::text AS snapshot`
      return row!.snapshot
    },

    async since(): Promise<string> {
      const { rows } = await pool.query<{ since: string }>('SELECT since FROM notifier')
      return rows[0]!.since
    },

    /** Messages that were sent between the two snapshots, behind the place, in order. What changed later still counts as it was sent. */
    async sent({ since, until, afterChannel, afterSeq }: Progress & { until: string }, most: number, within: Queries) {
      const [from, to] = [partsOf(since), partsOf(until)]
      const isNew = (column: string) =>
        Prisma.sql`(${Prisma.raw(column)} >= ${from.upper}::bigint OR ${Prisma.raw(column)} = ANY (${from.underWay}::bigint[]))`
      return within.$queryRaw<{ channelId: string; seq: number }[]>`
        WITH news AS MATERIALIZED (
          SELECT m.channel_id, m.seq FROM messages m
          WHERE ${isNew('m.changed')} AND ${isNew('m.added')} AND m.added < ${to.upper}::bigint AND m.added <> ALL (${to.underWay}::bigint[])
        )
        SELECT channel_id::text AS "channelId", seq FROM news
        WHERE ${afterChannel === null ? Prisma.sql`true` : Prisma.sql`(channel_id, seq) > (${afterChannel}::uuid, ${afterSeq}::integer)`}
        ORDER BY channel_id, seq LIMIT ${most}`
    },

    async moveOn({ since, until, afterChannel, afterSeq }: Progress, within: Queries): Promise<void> {
      await within.$executeRaw`
        UPDATE notifier SET since = ${since}, until = ${until}, after_channel = ${afterChannel}::uuid, after_seq = ${afterSeq}::integer,
          epoch = (SELECT epoch FROM server)`
    },

    /**
     * Lists them. Marks, messages and accounts are held meanwhile, so whoever reads or deletes just now does it before, which counts here,
     * or after, which ends what is listed. Those of direct conversations move to a newer message where they are unread. Whether each is new.
     */
    async list(listings: readonly Listing[], within: Queries): Promise<(Notification & { isNew: boolean })[]> {
      if (listings.length === 0) return []
      const direct = listings.filter(({ kind }) => kind === 'DIRECT_MESSAGE')
      const others = listings.filter(({ kind }) => kind !== 'DIRECT_MESSAGE')
      const listed: (Notification & { isNew: boolean })[] = []
      if (others.length > 0)
        listed.push(
          ...(await within.$queryRaw<(Notification & { isNew: boolean })[]>`
            WITH held AS (${held(others)})
            INSERT INTO notifications AS n (id, user_id, kind, channel_id, seq, actor_id, created_at, read_at)
            SELECT id, user_id, kind, channel_id, seq, actor_id, created_at, CASE WHEN read_seq >= seq THEN coalesce(read_at, created_at) END FROM held
            WHERE deleted_at IS NULL ON CONFLICT (user_id, channel_id, seq) DO NOTHING RETURNING ${columns}, true AS "isNew"`),
        )
      if (direct.length > 0)
        listed.push(
          ...(await within.$queryRaw<(Notification & { isNew: boolean })[]>`
            WITH held AS (${held(direct)})
            INSERT INTO notifications AS n (id, user_id, kind, channel_id, seq, actor_id, created_at)
            SELECT DISTINCT ON (user_id, channel_id) id, user_id, kind, channel_id, seq, actor_id, created_at FROM held
            WHERE deleted_at IS NULL AND read_seq < seq ORDER BY user_id, channel_id, seq DESC
            ON CONFLICT (user_id, channel_id) WHERE kind = 'DIRECT_MESSAGE' AND read_at IS NULL
              DO UPDATE SET seq = EXCLUDED.seq, actor_id = EXCLUDED.actor_id, created_at = EXCLUDED.created_at WHERE n.seq < EXCLUDED.seq
            RETURNING ${columns}, n.version = 1 AS "isNew"`),
        )
      return listed
    },

    /** Something of these conversations waits to be mailed, if nothing did. */
    async wait(waits: readonly Wait[], within: Queries): Promise<void> {
      if (waits.length === 0) return
      // People first, as whoever mails them: what a mail has told just now is written down before, or looked at after.
      await within.$executeRaw`
        INSERT INTO mail_people AS p (user_id, due_at) SELECT user_id, min(due_at) FROM ${waiting(waits)} GROUP BY 1 ORDER BY 1
        ON CONFLICT (user_id) DO UPDATE SET due_at = EXCLUDED.due_at WHERE p.due_at IS NULL OR p.due_at > EXCLUDED.due_at`
      await within.$executeRaw`
        INSERT INTO mail_conversations AS w (user_id, channel_id, waiting_since)
        SELECT user_id, channel_id, min(since) FROM ${waiting(waits)} GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (user_id, channel_id) DO UPDATE SET waiting_since = EXCLUDED.waiting_since WHERE w.waiting_since IS NULL`
    },
  }
}

export type NotifierStore = ReturnType<typeof createNotifierStore>

const waiting = (waits: readonly Wait[]) => Prisma.sql`unnest(
  ${waits.map(({ userId }) => userId)}::uuid[], ${waits.map(({ channelId }) => channelId)}::uuid[],
  ${waits.map(({ since }) => since.toISOString())}::timestamptz[], ${waits.map(({ dueAt }) => dueAt.toISOString())}::timestamptz[]
) AS wait(user_id, channel_id, since, due_at)`

const held = (listings: readonly Listing[]) => Prisma.sql`
  SELECT l.*, r.read_seq, r.read_at, m.deleted_at
  FROM unnest(
    ${listings.map(({ id }) => id)}::uuid[], ${listings.map(({ userId }) => userId)}::uuid[], ${listings.map(({ kind }) => kind)}::"NotificationKind"[],
    ${listings.map(({ channelId }) => channelId)}::uuid[], ${listings.map(({ seq }) => seq)}::integer[],
    ${listings.map(({ actorId }) => actorId)}::uuid[], ${listings.map(({ createdAt }) => createdAt.toISOString())}::timestamptz[]
  ) AS l(id, user_id, kind, channel_id, seq, actor_id, created_at)
  JOIN receipts r ON r.channel_id = l.channel_id AND r.user_id = l.user_id
  JOIN messages m ON m.channel_id = l.channel_id AND m.seq = l.seq
  JOIN accounts a ON a.user_id = l.user_id
  FOR SHARE OF r, m FOR KEY SHARE OF a`

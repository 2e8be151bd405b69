import { type ChannelKind, Prisma } from '../../generated/prisma/client.ts'
import type { Queries } from '../../ports/database.ts'
import type { Pair } from './facts.store.ts'
import type { MailedConversation } from './mail-times.ts'
import { giveUpSoon } from './notifier.store.ts'

export type Addressee = { userId: string; email: string | null; handle: string; timeZone: string; mails: Date[]; readAt: Date | null }
export type WaitingConversation = MailedConversation & {
  channelId: string
  kind: ChannelKind
  name: string | null
  lastSeq: number
  unread: number
}
export type Outstanding = { id: string; givenUpAt: Date | null; about: unknown }
export type Line = Pair & { sender: string | null; text: string | null; createdAt: Date }

/** What lies further back than this is not looked for. */
const furthestBack = 2_000
const mostLines = 20
/** So many mails about messages may be on their way: the others wait here, and one by one. */
const mostQueued = 30
/** Then they are tried, or are being tried by a node. Those that wait for longer after a failure hold nobody up. */
const onItsWay = Prisma.sql`due_at <= now() + interval '1 minute'`

const addressee = Prisma.sql`p.user_id::text AS "userId", a.email, u.handle, a.time_zone AS "timeZone", p.mailed_at AS mails,
  (SELECT max(r.read_at) FROM receipts r JOIN mail_conversations w USING (channel_id, user_id) WHERE w.user_id = p.user_id) AS "readAt"
  FROM mail_people p JOIN accounts a USING (user_id) JOIN users u ON u.id = p.user_id`

/** Who is to be mailed, and about what. */
export function createLettersStore() {
  return {
    /** The one who has waited longest, theirs until the transaction's end. Nobody while many mails are on their way already. */
    async due(now: Date, within: Queries): Promise<Addressee | null> {
      const [person] = await within.$queryRaw<Addressee[]>`
        SELECT ${addressee}
        WHERE p.due_at <= ${now} AND ${mostQueued}::integer > (
          SELECT count(*) FROM (SELECT FROM mails WHERE state = 'QUEUED' AND priority = 'NOTIFICATION' AND ${onItsWay} LIMIT ${mostQueued}) AS queued
        ) ORDER BY p.due_at LIMIT 1 FOR UPDATE OF p SKIP LOCKED`
      return person ?? null
    },

    /** Theirs until the transaction's end; null where they are gone. */
    async addressee(userId: string, within: Queries): Promise<Addressee | null> {
      await giveUpSoon(within)
      const [person] = await within.$queryRaw<Addressee[]>`SELECT ${addressee} WHERE p.user_id = ${userId}::uuid FOR UPDATE OF p`
      return person ?? null
    },

    /** Their mail that is on its way, or could not be sent. */
    async outstanding(userId: string, within: Queries): Promise<Outstanding | null> {
      const [mail] = await within.$queryRaw<Outstanding[]>`
        SELECT id::text AS id, settled_at AS "givenUpAt", about FROM mails
        WHERE user_id = ${userId}::uuid AND priority = 'NOTIFICATION' AND state IN ('QUEUED', 'DEAD') ORDER BY settled_at NULLS FIRST LIMIT 1`
      return mail ?? null
    },

    async discard(id: string, within: Queries): Promise<void> {
      await within.$executeRaw`DELETE FROM mails WHERE id = ${id}::uuid AND state = 'DEAD'`
    },

    /** What waits for them. Their marks there are held: who reads just now has done so before, and it is seen, or does so after. */
    async waiting(userId: string, within: Queries): Promise<WaitingConversation[]> {
      await within.$queryRaw`
        SELECT FROM receipts r JOIN mail_conversations w USING (channel_id, user_id)
        WHERE w.user_id = ${userId}::uuid AND w.waiting_since IS NOT NULL ORDER BY r.channel_id FOR SHARE OF r`
      return within.$queryRaw<WaitingConversation[]>`
        SELECT w.channel_id::text AS "channelId", w.waiting_since AS "waitingSince", w.mailed_at AS "mailedAt", w.mailed_seq AS "mailedSeq", w.step,
          c.kind::text AS kind, c.last_seq AS "lastSeq", coalesce(u.messages, 0) AS unread,
          CASE WHEN c.kind = 'DIRECT' THEN (
            SELECT nullif(peer.display_name, '') FROM users peer
            WHERE peer.id = CASE WHEN c.direct_low = w.user_id THEN c.direct_high ELSE c.direct_low END
          ) ELSE c.name END AS name
        FROM mail_conversations w JOIN channels c ON c.id = w.channel_id LEFT JOIN LATERAL unread_in(w.channel_id, w.user_id) u ON true
        WHERE w.user_id = ${userId}::uuid AND w.waiting_since IS NOT NULL ORDER BY w.waiting_since, w.channel_id`
    },

    /** What they haven't read nor been told of yet and may be mailed, the first of each conversation; whether it may is decided elsewhere. */
    lines: (userId: string, channelIds: readonly string[], within: Queries): Promise<Line[]> =>
      within.$queryRaw<Line[]>`
        SELECT line.channel_id::text AS "channelId", line.seq, w.user_id::text AS "userId", nullif(s.display_name, '') AS sender, line.text, line.created_at AS "createdAt"
        FROM mail_conversations w JOIN channels c ON c.id = w.channel_id JOIN accounts a ON a.user_id = w.user_id
        JOIN receipts r ON r.channel_id = w.channel_id AND r.user_id = w.user_id
        JOIN memberships seat ON seat.channel_id = w.channel_id AND seat.user_id = w.user_id AND seat.left_at IS NULL
        CROSS JOIN LATERAL (
          SELECT m.* FROM messages m LEFT JOIN messages answered ON answered.channel_id = m.channel_id AND answered.seq = m.reply_to_seq
          WHERE m.channel_id = w.channel_id AND m.seq > greatest(r.read_seq, w.mailed_seq, seat.history_from - 1, c.last_seq - ${furthestBack}::integer)
            AND m.kind = 'TEXT' AND m.deleted_at IS NULL AND m.sender_id <> w.user_id
            AND (answered.sender_id = w.user_id OR (seat.notification_level = 'ALL' AND (c.kind = 'DIRECT' OR a.email_notifications = 'ALL'))
              OR EXISTS (SELECT FROM mentions n WHERE n.user_id = w.user_id AND n.channel_id = m.channel_id AND n.seq = m.seq))
          ORDER BY m.seq LIMIT ${mostLines}
        ) AS line
        JOIN users s ON s.id = line.sender_id
        WHERE w.user_id = ${userId}::uuid AND w.channel_id = ANY (${[...channelIds]}::uuid[]) ORDER BY line.channel_id, line.seq`,

    async save(userId: string, conversations: readonly (MailedConversation & { channelId: string })[], within: Queries): Promise<void> {
      if (conversations.length === 0) return
      const times = (of: (one: MailedConversation) => Date | null) => conversations.map((one) => of(one)?.toISOString() ?? null)
      await within.$executeRaw`
        UPDATE mail_conversations w SET waiting_since = s.waiting_since, mailed_at = s.mailed_at, mailed_seq = s.mailed_seq, step = s.step
        FROM unnest(
          ${conversations.map(({ channelId }) => channelId)}::uuid[], ${times(({ waitingSince }) => waitingSince)}::timestamptz[],
          ${times(({ mailedAt }) => mailedAt)}::timestamptz[], ${conversations.map(({ mailedSeq }) => mailedSeq)}::integer[],
          ${conversations.map(({ step }) => step)}::integer[]
        ) AS s(channel_id, waiting_since, mailed_at, mailed_seq, step)
        WHERE w.user_id = ${userId}::uuid AND w.channel_id = s.channel_id`
    },

    /** What they were mailed about these, and the newest message there. */
    mailed: (userId: string, channelIds: readonly string[], within: Queries) =>
      within.$queryRaw<(MailedConversation & { channelId: string; lastSeq: number })[]>`
        SELECT w.channel_id::text AS "channelId", w.waiting_since AS "waitingSince", w.mailed_at AS "mailedAt", w.mailed_seq AS "mailedSeq", w.step,
          c.last_seq AS "lastSeq"
        FROM mail_conversations w JOIN channels c ON c.id = w.channel_id
        WHERE w.user_id = ${userId}::uuid AND w.channel_id = ANY (${[...channelIds]}::uuid[])`,

    async lookAgain(userId: string, dueAt: Date | null, within: Queries): Promise<void> {
      await within.$executeRaw`UPDATE mail_people SET due_at = ${dueAt} WHERE user_id = ${userId}::uuid`
    },

    /** The mails of the last 24 hours. */
    async spend(userId: string, mails: readonly Date[], within: Queries): Promise<void> {
      await within.$executeRaw`
        UPDATE mail_people SET mailed_at = ${mails.map((mail) => mail.toISOString())}::timestamptz[] WHERE user_id = ${userId}::uuid`
    },
  }
}

export type LettersStore = ReturnType<typeof createLettersStore>

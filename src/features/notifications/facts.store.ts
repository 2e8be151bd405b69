import { type EmailNotifications, type NotificationLevel, Prisma } from '../../generated/prisma/client.ts'
import type { Database, Queries } from '../../ports/database.ts'
import type { Presence } from '../../ports/presence.ts'
import type { PushSettings, Recipient, Said, State } from './decide.ts'
import { believable, type MailedConversation, type MailPolicy } from './mail-times.ts'
import type { QuietHours } from './quiet-hours.ts'

/** Where a message is. */
export type Place = { channelId: string; seq: number }

/** Somebody, and a message that may concern them. */
export type Pair = Place & { userId: string }

/** Who wants to hear of everything in a channel, and after which message there. */
export type Listener = { channelId: string; userId: string; afterSeq: number }

/** All that is decided by, but for what time it is and whether they are here. */
export type Facts = {
  message: Said
  recipient: Recipient
  readSeq: number
  readAt: Date | null
  conversation: MailedConversation
  mails: Date[]
}

type Row = Omit<Said, 'channelId'> &
  MailedConversation & {
    channelId: string
    userId: string
    isMentioned: boolean
    isAnswered: boolean
    historyFrom: number | null
    level: NotificationLevel
    mutedUntil: Date | null
    hasAccount: boolean
    emailNotifications: EmailNotifications
    hasVerifiedEmail: boolean
    pushNotifications: boolean
    quietFrom: string | null
    quietTo: string | null
    timeZone: string
    readSeq: number
    readAt: Date | null
    mails: Date[] | null
  }

const placesOf = (places: readonly Place[]) =>
  Prisma.sql`unnest(${places.map(({ channelId }) => channelId)}::uuid[], ${places.map(({ seq }) => seq)}::integer[])`

/** One by one, by the key: where the planner knows nothing of the table yet, it would read all of it for each. */
const messageAt = (place: string) =>
  Prisma.sql`(SELECT at.* FROM messages at WHERE at.channel_id = ${Prisma.raw(place)}.channel_id AND at.seq = ${Prisma.raw(place)}.seq OFFSET 0)`

export function createFactsStore({ prisma }: Pick<Database, 'prisma'>) {
  return {
    /** Of those pairs whose message and person there are or were. One statement, however many. */
    async of(pairs: readonly Pair[], within: Queries = prisma): Promise<Facts[]> {
      if (pairs.length === 0) return []
      const rows = await within.$queryRaw<Row[]>`
        SELECT m.channel_id::text AS "channelId", m.seq, m.kind::text AS kind, m.sender_id::text AS "senderId", m.created_at AS "createdAt",
          m.deleted_at IS NOT NULL OR c.deleted_at IS NOT NULL AS "isDeleted", c.kind::text AS "channelKind", u.id::text AS "userId",
          coalesce((SELECT true FROM mentions n WHERE n.user_id = u.id AND n.channel_id = m.channel_id AND n.seq = m.seq), false) AS "isMentioned",
          coalesce(answered.sender_id = u.id, false) AS "isAnswered",
          seat.history_from AS "historyFrom", seat.notification_level::text AS level, seat.muted_until AS "mutedUntil",
          a.user_id IS NOT NULL AS "hasAccount", a.email_notifications::text AS "emailNotifications",
          a.email IS NOT NULL AND a.email_verified_at IS NOT NULL AS "hasVerifiedEmail", a.push_notifications AS "pushNotifications",
          a.quiet_from AS "quietFrom", a.quiet_to AS "quietTo", a.time_zone AS "timeZone",
          coalesce(r.read_seq, 0) AS "readSeq", r.read_at AS "readAt",
          w.waiting_since AS "waitingSince", w.mailed_at AS "mailedAt", coalesce(w.mailed_seq, 0) AS "mailedSeq", coalesce(w.step, 0) AS step, p.mailed_at AS mails
        FROM unnest(${pairs.map(({ channelId }) => channelId)}::uuid[], ${pairs.map(({ seq }) => seq)}::integer[], ${pairs.map(({ userId }) => userId)}::uuid[])
          WITH ORDINALITY AS wanted(channel_id, seq, user_id, place)
        CROSS JOIN LATERAL ${messageAt('wanted')} AS m JOIN channels c ON c.id = m.channel_id JOIN users u ON u.id = wanted.user_id
        LEFT JOIN messages answered ON answered.channel_id = m.channel_id AND answered.seq = m.reply_to_seq
        LEFT JOIN memberships seat ON seat.channel_id = m.channel_id AND seat.user_id = u.id AND seat.left_at IS NULL
        LEFT JOIN accounts a ON a.user_id = u.id
        LEFT JOIN receipts r ON r.channel_id = m.channel_id AND r.user_id = u.id
        LEFT JOIN mail_conversations w ON w.channel_id = m.channel_id AND w.user_id = u.id
        LEFT JOIN mail_people p ON p.user_id = u.id
        ORDER BY wanted.place`
      return rows.map(factsOf)
    },

    /**
     * Whom these messages may concern: those they name, those they answer, the other one of a direct conversation; and who is mailed about
     * everything there, once for all of a channel that come together, where nothing of it waits yet: by the first that is news to them.
     * For all others the answer is nothing, so a person whom nothing concerns costs nothing.
     */
    concerned: (said: readonly Place[], within: Queries): Promise<Pair[]> =>
      within.$queryRaw<Pair[]>`
        WITH said AS MATERIALIZED (
          SELECT m.channel_id, m.seq, m.sender_id, m.reply_to_seq
          FROM ${placesOf(said)} AS s(channel_id, seq) CROSS JOIN LATERAL ${messageAt('s')} AS m WHERE m.kind = 'TEXT' AND m.deleted_at IS NULL
        ), named AS (
          SELECT s.channel_id, s.seq, n.user_id FROM said s JOIN mentions n USING (channel_id, seq)
          UNION
          SELECT s.channel_id, s.seq, answered.sender_id FROM said s JOIN messages answered ON answered.channel_id = s.channel_id AND answered.seq = s.reply_to_seq
          UNION
          SELECT s.channel_id, s.seq, pair.user_id FROM said s JOIN channels c ON c.id = s.channel_id AND c.kind = 'DIRECT'
          CROSS JOIN LATERAL (VALUES (c.direct_low), (c.direct_high)) AS pair(user_id)
          UNION
          SELECT m.channel_id, first.seq, m.user_id FROM (SELECT DISTINCT channel_id FROM said) AS c
          JOIN memberships m ON m.channel_id = c.channel_id AND m.left_at IS NULL AND m.notification_level = 'ALL'
          CROSS JOIN LATERAL (SELECT a.* FROM accounts a WHERE a.user_id = m.user_id OFFSET 0) AS a
          JOIN receipts r ON r.channel_id = m.channel_id AND r.user_id = m.user_id
          LEFT JOIN mail_conversations w ON w.channel_id = m.channel_id AND w.user_id = m.user_id
          CROSS JOIN LATERAL (
            SELECT min(s.seq) AS seq FROM said s
            WHERE s.channel_id = m.channel_id AND s.seq > greatest(r.read_seq, coalesce(w.mailed_seq, 0)) AND s.sender_id <> m.user_id
          ) AS first
          WHERE a.email_notifications = 'ALL' AND a.email_verified_at IS NOT NULL AND w.waiting_since IS NULL AND first.seq IS NOT NULL
        )
        SELECT n.channel_id::text AS "channelId", n.seq, n.user_id::text AS "userId" FROM named n JOIN said s USING (channel_id, seq)
        WHERE n.user_id <> s.sender_id ORDER BY n.channel_id, n.seq, n.user_id`,

    /** Those of these messages that people said in a group or public channel and are still there, in order. */
    saidToAll: (places: readonly Place[]): Promise<(Place & { senderId: string })[]> =>
      prisma.$queryRaw`
        SELECT m.channel_id::text AS "channelId", m.seq, m.sender_id::text AS "senderId"
        FROM ${placesOf(places)} AS s(channel_id, seq) CROSS JOIN LATERAL ${messageAt('s')} AS m JOIN channels c ON c.id = m.channel_id
        WHERE m.kind = 'TEXT' AND m.deleted_at IS NULL AND c.kind <> 'DIRECT' ORDER BY m.channel_id, m.seq`,

    /** Who may be interrupted by any message there and hasn't read as far as to these. */
    listeners: (upTo: readonly Place[], most: number): Promise<Listener[]> =>
      prisma.$queryRaw<Listener[]>`
        SELECT m.channel_id::text AS "channelId", m.user_id::text AS "userId", greatest(r.read_seq, m.history_from - 1) AS "afterSeq"
        FROM ${placesOf(upTo)} AS said(channel_id, seq)
        JOIN memberships m ON m.channel_id = said.channel_id AND m.left_at IS NULL AND m.notification_level = 'ALL'
        JOIN receipts r ON r.channel_id = m.channel_id AND r.user_id = m.user_id AND r.read_seq < said.seq
        JOIN accounts a ON a.user_id = m.user_id
        WHERE a.push_notifications OR (a.email_notifications = 'ALL' AND a.email_verified_at IS NOT NULL) LIMIT ${most}`,

    /** What pushes to these people are decided by. Whoever has no account is left out. */
    async pushed(userIds: readonly string[]): Promise<(PushSettings & { userId: string })[]> {
      const rows = await prisma.account.findMany({
        where: { userId: { in: [...userIds] } },
        select: { userId: true, pushNotifications: true, quietFrom: true, quietTo: true, timeZone: true },
      })
      return rows.map(({ quietFrom, quietTo, ...row }) => ({ ...row, quietHours: quietHoursOf(quietFrom, quietTo) }))
    },

    /** What is said in a message, as far as it is still there. */
    async text({ channelId, seq }: Place): Promise<string | null> {
      const row = await prisma.message.findUnique({ where: { channelId_seq: { channelId, seq } }, select: { text: true } })
      return row?.text ?? null
    },
  }
}

export type FactsStore = ReturnType<typeof createFactsStore>

const quietHoursOf = (from: string | null, to: string | null): QuietHours | null => (from !== null && to !== null ? { from, to } : null)

const factsOf = (row: Row): Facts => ({
  message: {
    channelId: row.channelId,
    seq: row.seq,
    kind: row.kind,
    senderId: row.senderId,
    createdAt: row.createdAt,
    isDeleted: row.isDeleted,
    channelKind: row.channelKind,
  },
  recipient: {
    userId: row.userId,
    seat: row.historyFrom === null ? null : { historyFrom: row.historyFrom, level: row.level, mutedUntil: row.mutedUntil },
    isMentioned: row.isMentioned,
    isAnswered: row.isAnswered,
    account: row.hasAccount
      ? {
          emailNotifications: row.emailNotifications,
          hasVerifiedEmail: row.hasVerifiedEmail,
          pushNotifications: row.pushNotifications,
          quietHours: quietHoursOf(row.quietFrom, row.quietTo),
          timeZone: row.timeZone,
        }
      : null,
  },
  readSeq: row.readSeq,
  readAt: row.readAt,
  conversation: { waitingSince: row.waitingSince, mailedAt: row.mailedAt, mailedSeq: row.mailedSeq, step: row.step },
  mails: row.mails ?? [],
})

export const laterOf = (one: Date | null, other: Date | null): Date | null => (one && other ? (one > other ? one : other) : (one ?? other))

export const stateOf = (
  { readSeq, readAt, conversation, mails }: Facts,
  { status, lastActiveAt }: Presence,
  now: Date,
  policy: MailPolicy,
): State => ({
  now,
  readSeq,
  isOnline: status === 'ONLINE',
  // Reading is being here, even where what knows who is here has forgotten it.
  seenAt: laterOf(lastActiveAt, readAt),
  conversation: believable(conversation, now),
  mails,
  policy,
})

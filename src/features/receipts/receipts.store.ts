import { type Membership, Prisma, type Receipt } from '../../generated/prisma/client.ts'
import type { Page } from '../../kernel/page.ts'
import type { Database } from '../../ports/database.ts'

/** How far someone has got, and whether they let others see what they have read. */
export type Mark = Receipt & { shown: boolean }

export type Seat = { channelId: string; userId: string }
/** A message, and whose it is. */
export type Said = { channelId: string; seq: number; senderId: string }
export type Summary = { channelId: string; seq: number; recipients: number; delivered: number; read: number }
export type State = 'DELIVERED' | 'READ'

const columns = Prisma.sql`r.channel_id AS "channelId", r.user_id AS "userId", r.delivered_seq AS "deliveredSeq", r.delivered_at AS "deliveredAt",
  r.read_seq AS "readSeq", r.read_at AS "readAt", coalesce(a.read_receipts, true) AS shown`

export function createReceiptsStore({ prisma, pool }: Pick<Database, 'prisma' | 'pool'>) {
  /** Whose reading someone may see: their own, and where they show theirs, that of those who show theirs. */
  const visible = (viewerId: string) =>
    Prisma.sql`(r.user_id = ${viewerId}::uuid OR coalesce(a.read_receipts, true) AND (SELECT v.read_receipts FROM accounts v WHERE v.user_id = ${viewerId}::uuid))`

  const reached = ({ seq, senderId }: Said, state: State, viewerId: string) => Prisma.sql`r.user_id <> ${senderId}::uuid AND
    ${state === 'DELIVERED' ? Prisma.sql`r.delivered_seq >= ${seq}` : Prisma.sql`r.read_seq >= ${seq} AND ${visible(viewerId)}`}`

  const present = (channelId: string, only: Prisma.Sql) => Prisma.sql`
    FROM memberships m JOIN receipts r USING (channel_id, user_id) LEFT JOIN accounts a USING (user_id)
    WHERE m.channel_id = ${channelId}::uuid AND m.left_at IS NULL AND ${only}`

  const everyone = Prisma.sql`true`

  const page = (channelId: string, only: Prisma.Sql, { after, before, backward, take }: Page<string>): Promise<Mark[]> => prisma.$queryRaw<
    Mark[]
  >`
    SELECT ${columns} ${present(channelId, only)}
      ${after ? Prisma.sql`AND m.user_id > ${after}::uuid` : Prisma.empty}
      ${before ? Prisma.sql`AND m.user_id < ${before}::uuid` : Prisma.empty}
    ORDER BY ${backward ? Prisma.sql`m.user_id DESC` : Prisma.sql`m.user_id`} LIMIT ${take + 1}`

  const count = async (channelId: string, only: Prisma.Sql): Promise<number> =>
    (await prisma.$queryRaw<{ n: number }[]>`SELECT count(*)::integer AS n ${present(channelId, only)}`)[0]!.n

  return {
    at: (seats: readonly Seat[]): Promise<Mark[]> => prisma.$queryRaw<Mark[]>`
      SELECT ${columns} FROM unnest(${seats.map(({ channelId }) => channelId)}::uuid[], ${seats.map(({ userId }) => userId)}::uuid[]) AS seat(channel_id, user_id)
      JOIN receipts r USING (channel_id, user_id) LEFT JOIN accounts a USING (user_id)`,

    page: (channelId: string, wanted: Page<string>) => page(channelId, everyone, wanted),
    newest: (channelId: string): Promise<Mark[]> => prisma.$queryRaw<Mark[]>`
      SELECT ${columns} ${present(channelId, everyone)} ORDER BY greatest(r.delivered_at, r.read_at) DESC NULLS LAST, r.user_id LIMIT 500`,

    reachedPage: (said: Said, state: State, viewerId: string, wanted: Page<string>) =>
      page(said.channelId, reached(said, state, viewerId), wanted),
    reachedCount: (said: Said, state: State, viewerId: string) => count(said.channelId, reached(said, state, viewerId)),

    /**
     * Reads the marks of each channel once, however many messages are asked about: each mark falls between two of them, and has
     * reached all below. Whoever hides their reading counts for themselves alone, and counts nobody else.
     */
    async summaries(said: readonly Said[], reader: { userId: string } | { showsReads: boolean }): Promise<Summary[]> {
      const { rows } = await pool.query<Summary>({
        name: 'receipt_summaries',
        text: `
          WITH said AS (
            SELECT * FROM unnest($1::uuid[], $2::integer[], $3::uuid[]) AS s(channel_id, seq, sender_id)
          ), seqs AS (
            SELECT channel_id, array_agg(DISTINCT seq ORDER BY seq) AS seqs FROM said GROUP BY channel_id
          ), marks AS MATERIALIZED (
            SELECT m.channel_id, m.user_id, r.delivered_seq,
              CASE WHEN m.user_id = $4 OR coalesce(a.read_receipts, true) AND coalesce($5::boolean, (SELECT read_receipts FROM accounts WHERE user_id = $4::uuid)) THEN r.read_seq ELSE 0 END AS read_seq
            FROM seqs JOIN memberships m USING (channel_id) JOIN receipts r USING (channel_id, user_id) LEFT JOIN accounts a USING (user_id)
            WHERE m.left_at IS NULL
          ), reached AS (
            SELECT channel_id, width_bucket(delivered_seq, seqs) AS delivered, width_bucket(read_seq, seqs) AS read, count(*) AS people
            FROM marks JOIN seqs USING (channel_id) GROUP BY 1, 2, 3
          ), senders AS (
            SELECT said.channel_id, said.seq, marks.delivered_seq >= said.seq AS delivered, marks.read_seq >= said.seq AS read
            FROM said JOIN marks ON marks.channel_id = said.channel_id AND marks.user_id = said.sender_id
          )
          SELECT said.channel_id AS "channelId", said.seq,
            (coalesce(sum(people), 0) - count(DISTINCT senders.seq))::integer AS recipients,
            (coalesce(sum(people) FILTER (WHERE reached.delivered >= array_position(seqs, said.seq)), 0) - coalesce(bool_or(senders.delivered), false)::integer)::integer AS delivered,
            (coalesce(sum(people) FILTER (WHERE reached.read >= array_position(seqs, said.seq)), 0) - coalesce(bool_or(senders.read), false)::integer)::integer AS read
          FROM said JOIN seqs USING (channel_id) LEFT JOIN reached USING (channel_id) LEFT JOIN senders USING (channel_id, seq)
          GROUP BY 1, 2`,
        values: [
          said.map(({ channelId }) => channelId),
          said.map(({ seq }) => seq),
          said.map(({ senderId }) => senderId),
          'userId' in reader ? reader.userId : null,
          'showsReads' in reader ? reader.showsReads : null,
        ],
      })
      return rows
    },

    /** Moves marks forward; answers with the channels in which one moved. Locks in the order of channels. */
    async deliver(userId: string, positions: readonly { channelId: string; seq: number }[], at: Date): Promise<Set<string>> {
      const moved = await prisma.$queryRaw<{ channelId: string }[]>`
        WITH wanted AS (
          SELECT r.channel_id, w.seq FROM unnest(${positions.map(({ channelId }) => channelId)}::uuid[], ${positions.map(({ seq }) => seq)}::integer[]) AS w(channel_id, seq)
          JOIN receipts r ON r.channel_id = w.channel_id AND r.user_id = ${userId}::uuid AND r.delivered_seq < w.seq
          ORDER BY r.channel_id FOR NO KEY UPDATE OF r
        )
        UPDATE receipts r SET delivered_seq = wanted.seq, delivered_at = ${at} FROM wanted
        WHERE r.channel_id = wanted.channel_id AND r.user_id = ${userId}::uuid AND r.delivered_seq < wanted.seq
        RETURNING r.channel_id AS "channelId"`
      return new Set(moved.map(({ channelId }) => channelId))
    },

    /** Whether the mark moved. Read implies delivered. */
    async read(channelId: string, userId: string, seq: number, at: Date): Promise<boolean> {
      const moved = await prisma.$executeRaw`
        UPDATE receipts SET read_seq = ${seq}, read_at = ${at}, delivered_seq = greatest(delivered_seq, ${seq}),
          delivered_at = CASE WHEN delivered_seq < ${seq} THEN ${at} ELSE delivered_at END
        WHERE channel_id = ${channelId}::uuid AND user_id = ${userId}::uuid AND read_seq < ${seq}`
      return moved > 0
    },

    /** Sets or clears the private mark; null where nothing changed. */
    async setUnreadFrom(channelId: string, userId: string, unreadFrom: number | null): Promise<Membership | null> {
      const changed =
        unreadFrom === null ? { unreadFrom: { not: null } } : { OR: [{ unreadFrom: null }, { unreadFrom: { not: unreadFrom } }] }
      const [row] = await prisma.membership.updateManyAndReturn({
        where: { channelId, userId, leftAt: null, ...changed },
        data: { unreadFrom },
      })
      return row ?? null
    },

    async showsReads(userId: string): Promise<boolean> {
      return (await prisma.account.findUnique({ where: { userId }, select: { readReceipts: true } }))?.readReceipts ?? true
    },
  }
}

export type ReceiptsStore = ReturnType<typeof createReceiptsStore>

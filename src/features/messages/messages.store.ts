import { type Mention, type Message, Prisma, type User } from '../../generated/prisma/client.ts'
import type { Database, Queries } from '../../ports/database.ts'
import type { Place } from './place.ts'
import type { Batch } from './writer.ts'

export type Draft = {
  senderId: string
  text: string
  clientId: string | null
  contentHash: Buffer | null
  replyToSeq: number | null
  /** See `Named` in mentions.ts. */
  handles: string[][]
  everyone: boolean
  /** The sender is an administrator of the server: in PUBLIC channels `@channel` is theirs, too. */
  admin: boolean
  mentionIds: readonly string[]
}

export type Refusal = 'NOT_FOUND' | 'NOT_MEMBER' | 'OTHER_CONTENT' | 'ARCHIVED' | 'PEER_GONE' | 'NO_REPLY_TO'
export type Verdict = 'SENT' | 'REPLAYED' | 'NOT_ALL_MEMBERS' | Refusal
export type Outcome = {
  verdict: Verdict
  seq: number
  createdAt: Date
  /** Whom it names; null for nobody. */
  named: string[] | null
  /** Sending ended what the sender had marked as unread. */
  unreadEnded: boolean
  /** The channel's, as the message was written. */
  fence: number
}

/** A message, and the fence of its channel as it was written: whoever left before is not to have it. */
export type Fenced = Message & { fence: number }

/** Seqs from `from` on: those a viewer may see. */
export type Range = { from: number; after: number | null; before: number | null; backward: boolean; take: number }

export function createMessagesStore({ prisma, pool }: Pick<Database, 'prisma' | 'pool'>) {
  return {
    transaction: <Result>(work: (within: Queries) => Promise<Result>) => prisma.$transaction(work),

    /**
     * Writes them in one statement, those of a channel in their order; an outcome for each. Null for a channel that somebody else
     * holds, unless told to `wait`.
     */
    async send(batches: readonly Batch<Draft>[], wait: boolean): Promise<(Outcome[] | null)[]> {
      const drafts = batches.flatMap(({ channelId, drafts }) => drafts.map((draft) => ({ ...draft, channelId })))
      const { rows } = await pool.query<Outcome & { place: number }>({
        name: 'send_messages',
        text: `SELECT place, verdict, seq, created_at AS "createdAt", named, unread_ended AS "unreadEnded", fence
               FROM send_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        values: [
          drafts.map(({ channelId }) => channelId),
          drafts.map(({ senderId }) => senderId),
          drafts.map(({ text }) => text),
          drafts.map(({ clientId }) => clientId),
          drafts.map(({ contentHash }) => contentHash),
          drafts.map(({ replyToSeq }) => replyToSeq),
          drafts.map(({ handles }) => (handles.length > 0 ? JSON.stringify(handles) : null)),
          // Each an array of its own length: PostgreSQL has no arrays of those.
          drafts.map(({ mentionIds }) => (mentionIds.length > 0 ? `{${mentionIds.join(',')}}` : null)),
          drafts.map(({ everyone }) => everyone),
          drafts.map(({ admin }) => admin),
          wait,
        ],
      })
      const outcomes = new Map(rows.map((row) => [row.place, row]))
      let place = 0
      return batches.map(({ drafts }) => {
        const answers = drafts.flatMap(() => outcomes.get(++place) ?? [])
        return answers.length > 0 ? answers : null
      })
    },

    /** Messages of the server's own, in this order, one a channel. The caller holds the channels' rows. */
    async notices(actorId: string, said: readonly { channelId: string; text: string }[], within: Queries): Promise<Fenced[]> {
      return within.$queryRaw<Fenced[]>`
        SELECT ${Prisma.raw(columns)}, (SELECT c.fence FROM channels c WHERE c.id = said.channel_id) AS fence
        FROM unnest(${said.map(({ channelId }) => channelId)}::uuid[], ${said.map(({ text }) => text)}::text[]) WITH ORDINALITY AS said(channel_id, text, place)
        CROSS JOIN LATERAL send_notice(said.channel_id, ${actorId}::uuid, said.text) AS m ORDER BY said.place`
    },

    /** Those of these places that there are. */
    async at(places: readonly Place[]): Promise<Message[]> {
      const { rows } = await pool.query<Message>({
        name: 'messages_at',
        text: `SELECT ${columns} FROM unnest($1::uuid[], $2::integer[]) AS place(channel_id, seq) JOIN messages m USING (channel_id, seq)`,
        values: [places.map(({ channelId }) => channelId), places.map(({ seq }) => seq)],
      })
      return rows
    },

    /** In the page's own direction, one more than it takes where there are more. */
    page(channelId: string, { from, after, before, backward, take }: Range): Promise<Message[]> {
      return prisma.message.findMany({
        where: { channelId, seq: { gte: Math.max(from, (after ?? 0) + 1), lt: before ?? undefined } },
        orderBy: { seq: backward ? 'desc' : 'asc' },
        take: take + 1,
      })
    },

    /** Whom these messages name, with who they are; the deleted left out. */
    async mentions(places: readonly Place[]): Promise<{ channelId: string; seq: number; user: User }[]> {
      const { rows } = await pool.query<User & { placeChannelId: string; placeSeq: number }>({
        name: 'mentions_of',
        text: `SELECT n.channel_id AS "placeChannelId", n.seq AS "placeSeq", u.id, u.version, u.handle, u.display_name AS "displayName",
                 u.avatar_url AS "avatarUrl", u.bio, u.created_at AS "createdAt", u.deleted_at AS "deletedAt"
               FROM unnest($1::uuid[], $2::integer[]) AS place(channel_id, seq) JOIN mentions n USING (channel_id, seq)
               JOIN users u ON u.id = n.user_id AND u.deleted_at IS NULL ORDER BY n.channel_id, n.seq, u.handle`,
        values: [places.map(({ channelId }) => channelId), places.map(({ seq }) => seq)],
      })
      return rows.map(({ placeChannelId, placeSeq, ...user }) => ({ channelId: placeChannelId, seq: placeSeq, user }))
    },

    mentionIds: async ({ channelId, seq }: Place, within: Queries = prisma): Promise<string[]> =>
      (await within.mention.findMany({ where: { channelId, seq }, select: { userId: true } satisfies Prisma.MentionSelect })).map(
        ({ userId }: Pick<Mention, 'userId'>) => userId,
      ),

    /**
     * The message, and nobody else changes it, its channel or who is in that until the transaction ends. Others go on writing: what
     * changes a channel locks its row FOR UPDATE, and the writer doesn't.
     */
    async hold({ channelId, seq }: Place, within: Queries): Promise<Fenced | null> {
      const [message] = await within.$queryRaw<Fenced[]>`
        SELECT ${Prisma.raw(columns)}, c.fence FROM channels c JOIN messages m ON m.channel_id = c.id
        WHERE c.id = ${channelId}::uuid AND m.seq = ${seq} FOR KEY SHARE OF c FOR NO KEY UPDATE OF m`
      return message ?? null
    },

    /** Of these people the living, and whether they are in the channel. */
    people: (channelId: string, ids: readonly string[]): Promise<{ id: string; member: boolean }[]> =>
      prisma.$queryRaw<{ id: string; member: boolean }[]>`
        SELECT u.id, EXISTS (SELECT FROM memberships m WHERE m.channel_id = ${channelId}::uuid AND m.user_id = u.id AND m.left_at IS NULL) AS member
        FROM users u WHERE u.id = ANY (${[...ids]}::uuid[]) AND u.deleted_at IS NULL`,

    /** Names people anew: whom the text names, and whom ids had named beside it. */
    async edit(
      { channelId, seq }: Place,
      change: { text: string; editedAt: Date; handles: string[][]; everyone: boolean },
      within: Queries,
    ): Promise<Message> {
      await within.mention.deleteMany({ where: { channelId, seq, byId: false } })
      await within.$executeRaw`SELECT name_people(${channelId}::uuid, ${seq}::integer, ${JSON.stringify(change.handles)}::json, NULL, ${change.everyone})`
      return within.message.update({ where: { channelId_seq: { channelId, seq } }, data: { text: change.text, editedAt: change.editedAt } })
    },

    /** A tombstone keeps its place and loses text, mentions and reactions. */
    async bury({ channelId, seq }: Place, deletedAt: Date, within: Queries): Promise<Message> {
      await within.mention.deleteMany({ where: { channelId, seq } })
      await within.reaction.deleteMany({ where: { channelId, seq } })
      return within.message.update({ where: { channelId_seq: { channelId, seq } }, data: { text: null, deletedAt } })
    },
  }
}

const columns = `m.channel_id AS "channelId", m.seq, m.version, m.kind, m.sender_id AS "senderId", m.text, m.client_id AS "clientId",
  m.reply_to_seq AS "replyToSeq", m.created_at AS "createdAt", m.edited_at AS "editedAt", m.deleted_at AS "deletedAt"`

export type MessagesStore = ReturnType<typeof createMessagesStore>

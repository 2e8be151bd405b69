import type { Pool } from 'pg'
import { gathered } from '../kernel/gathered.ts'
import { channelOf, channelTopic, isChannelTopic } from '../kernel/topics.ts'
import type { Feed, Happening, Head, Position, Seat, Stand, TopicState } from '../ports/feed.ts'

// Reads the change feed from the rows: see the port, and ADR 0002.

/** What wasn't visible in a snapshot: two index scans, however long a transaction stays open. `$1` its upper end, `$2` those under way. */
const since = (table: string, column = 'changed') => `(${table}.${column} >= $1 OR ${table}.${column} = ANY ($2))`
const channels = '$3::uuid[]'
const people = '$4::uuid[]'

/** Each kind of row that clients see: its heads, in the order in which they can be told. */
const heads = [
  `SELECT 1 AS rank, 'channel.' || m.channel_id AS topic, CASE WHEN m.left_at IS NULL THEN 'MembershipChanged' ELSE 'MemberLeft' END AS type,
     'Membership:' || m.channel_id || ':' || m.user_id AS entity, m.version, NULL::integer AS seq, NULL AS "ifKnown"
   FROM memberships m WHERE ${since('m')} AND m.channel_id = ANY (${channels})`,
  `SELECT 2, 'person.' || m.user_id, CASE WHEN m.left_at IS NULL THEN 'MembershipChanged' ELSE 'MemberLeft' END,
     'Membership:' || m.channel_id || ':' || m.user_id, m.version, NULL, NULL
   FROM memberships m WHERE ${since('m')} AND m.user_id = ANY (${people})`,
  `SELECT 3, 'channel.' || c.id, CASE WHEN c.deleted_at IS NULL THEN 'ChannelChanged' ELSE 'ChannelDeleted' END, 'Channel:' || c.id, c.version, NULL, NULL
   FROM channels c WHERE ${since('c')} AND c.id = ANY (${channels})`,
  `SELECT 4, 'person.' || m.user_id, 'ChannelDeleted', 'Seat:' || c.id || ':' || m.user_id, m.version, NULL, NULL
   FROM channels c JOIN memberships m ON m.channel_id = c.id WHERE ${since('c')} AND c.deleted_at IS NOT NULL AND m.left_at IS NULL AND m.user_id = ANY (${people})`,
  `SELECT 5, 'channel.' || m.channel_id, CASE WHEN ${since('m', 'added')} THEN 'MessageAdded' ELSE 'MessageChanged' END, 'Message:' || m.channel_id || ':' || m.seq, m.version, m.seq, 'MessageChanged'
   FROM messages m WHERE ${since('m')} AND m.channel_id = ANY (${channels})`,
  `SELECT 6, 'channel.' || r.channel_id, 'ReceiptUpdated', 'Receipt:' || r.channel_id || ':' || r.user_id, r.delivered_seq + r.read_seq, NULL, NULL
   FROM receipts r JOIN memberships m USING (channel_id, user_id) WHERE ${since('r')} AND r.channel_id = ANY (${channels}) AND m.left_at IS NULL`,
  `SELECT 7, 'channel.' || m.channel_id, 'UserChanged', 'User:' || u.id, u.version, NULL, NULL
   FROM users u JOIN memberships m ON m.user_id = u.id WHERE ${since('u')} AND u.deleted_at IS NULL AND m.left_at IS NULL AND m.channel_id = ANY (${channels})`,
  `SELECT 8, 'channel.' || m.channel_id, 'UserDeleted', 'User:' || u.id, u.version, NULL, NULL
   FROM users u JOIN memberships m ON m.user_id = u.id WHERE ${since('u')} AND u.deleted_at IS NOT NULL AND m.channel_id = ANY (${channels})`,
  `SELECT 9, 'person.' || u.id, 'UserChanged', 'User:' || u.id, u.version, NULL, NULL
   FROM users u WHERE ${since('u')} AND u.deleted_at IS NULL AND u.id = ANY (${people})`,
  `SELECT 10, 'person.' || a.user_id, 'ViewerChanged', 'Account:' || a.user_id, a.version, NULL, NULL
   FROM accounts a WHERE ${since('a')} AND a.user_id = ANY (${people})`,
  `SELECT 11, 'person.' || n.user_id, CASE WHEN n.added >= $1 OR n.added = ANY ($2) THEN 'NotificationAdded' ELSE 'NotificationChanged' END, 'Notification:' || n.id, n.version, NULL, 'NotificationChanged'
   FROM notifications n WHERE ${since('n')} AND n.user_id = ANY (${people})`,
].join(' UNION ALL ')

/** Where the rows of an entity are: the columns of the key that its name ends in, with their types. */
const tables = {
  Membership: { table: 'memberships', key: { channel_id: 'uuid', user_id: 'uuid' }, row: 'membership' },
  // The same of someone whose channel is deleted: nothing of theirs has changed.
  Seat: { table: 'memberships', key: { channel_id: 'uuid', user_id: 'uuid' }, row: 'membership' },
  Channel: { table: 'channels', key: { id: 'uuid' }, row: 'channel' },
  Message: {
    table: '(SELECT m.*, c.fence FROM messages m JOIN channels c ON c.id = m.channel_id)',
    key: { channel_id: 'uuid', seq: 'integer' },
    row: 'message',
  },
  Receipt: {
    table: '(SELECT r.*, coalesce(a.read_receipts, true) AS shown FROM receipts r LEFT JOIN accounts a USING (user_id))',
    key: { channel_id: 'uuid', user_id: 'uuid' },
    row: 'receipt',
  },
  User: { table: 'users', key: { id: 'uuid' }, row: 'user' },
  Account: { table: 'accounts', key: { user_id: 'uuid' }, row: 'account' },
  Notification: { table: 'notifications', key: { id: 'uuid' }, row: 'notification' },
} as const
type Entity = keyof typeof tables

/** Where it is now. Another history is another epoch: see epoch.ts, and `timeline` in the migrations. */
const here = `md5(epoch || timeline())::uuid AS epoch, pg_current_snapshot()::text AS snapshot`

export function createFeed({ pool }: { pool: Pool }): Feed {
  /** Rows of each kind by their key, as they are now. */
  const rowOf = Object.fromEntries(
    (Object.keys(tables) as Entity[]).map((entity) => [
      entity,
      gathered<string, Record<string, unknown> | null>(async (keys) => {
        const found = await rowsOf(entity, [...new Set(keys)])
        return keys.map((key) => found.get(key) ?? null)
      }, 5_000),
    ]),
  ) as Record<Entity, (key: string) => Promise<Record<string, unknown> | null>>

  async function rowsOf(entity: Entity, keys: readonly string[]): Promise<Map<string, Record<string, unknown>>> {
    const { table, key } = tables[entity]
    const columns = Object.entries(key)
    const named = columns.map(([column]) => `t.${column}`).join(" || ':' || ")
    const on = columns.map(([column, type], place) => `t.${column} = split_part(k, ':', ${place + 1})::${type}`).join(' AND ')
    const { rows } = await pool.query<{ key: string; row: Record<string, unknown> }>({
      name: `feed_${entity}`,
      text: `SELECT (${named})::text AS key, to_jsonb(t) AS row FROM unnest($1::text[]) AS k JOIN ${table} t ON ${on}`,
      values: [keys],
    })
    return new Map(rows.map(({ key, row }) => [key, camelCased(row)]))
  }

  async function load(wanted: readonly Head[]): Promise<Happening[]> {
    const rows = await Promise.all(
      wanted.map(({ entity }) => {
        const end = entity.indexOf(':')
        return rowOf[entity.slice(0, end) as Entity](entity.slice(end + 1))
      }),
    )
    return wanted.flatMap((head, place) => {
      const row = rows[place]
      return row ? [happeningOf(head, row)] : []
    })
  }

  const topicOf = gathered(async (asked: readonly { channelId: string; people: readonly string[] }[]) => {
    const pairs = asked.flatMap(({ channelId, people }) => people.map((userId) => [channelId, userId] as const))
    const { rows } = await pool.query<Omit<TopicState, 'people'> & { id: string; people: (Stand & { id: string })[] }>({
      name: 'feed_topics',
      text: `SELECT c.id, c.last_seq AS last, c.fence, c.deleted_at IS NOT NULL AS "isGone", (
               SELECT coalesce(json_agg(json_build_object('id', m.user_id, 'version', m.version, 'isThere', m.left_at IS NULL, 'from', m.history_from)), '[]')
               FROM unnest($2::uuid[], $3::uuid[]) AS asked(channel_id, user_id) JOIN memberships m USING (channel_id, user_id) WHERE asked.channel_id = c.id
             ) AS people FROM channels c WHERE c.id = ANY ($1::uuid[])`,
      values: [asked.map(({ channelId }) => channelId), pairs.map(([channelId]) => channelId), pairs.map(([, userId]) => userId)],
    })
    const states = new Map(
      rows.map(({ id, people, ...state }) => [id, { ...state, people: new Map(people.map(({ id, ...stand }) => [id, stand])) }]),
    )
    return asked.map(({ channelId }) => states.get(channelId) ?? null)
  }, 200)

  const personOf = gathered(async (userIds: readonly string[]) => {
    const { rows } = await pool.query<{ userId: string; showsReads: boolean; seats: Seat[] }>({
      name: 'feed_people',
      text: `SELECT a.user_id AS "userId", a.read_receipts AS "showsReads", (
               SELECT coalesce(json_agg(json_build_object('channelId', m.channel_id, 'from', m.history_from, 'version', m.version, 'fence', c.fence)), '[]')
               FROM memberships m JOIN channels c ON c.id = m.channel_id
               WHERE m.user_id = a.user_id AND m.left_at IS NULL AND c.deleted_at IS NULL
             ) AS seats FROM accounts a WHERE a.user_id = ANY ($1::uuid[])`,
      values: [userIds],
    })
    const people = new Map(rows.map(({ userId, ...person }) => [userId, person]))
    return userIds.map((userId) => people.get(userId) ?? { showsReads: true, seats: [] })
  }, 200)

  return {
    async now(): Promise<Position> {
      const { rows } = await pool.query<Position>(`SELECT ${here} FROM server`)
      return rows[0]!
    },

    /**
     * One statement: whatever it reads is of one moment. It has no name, so that it is planned for its values each time: a sweep looks a
     * second back and someone who returns perhaps a week, and a plan for any values would read all messages of the channels.
     */
    async changes(since, { channels, people }, most) {
      const [, upper, underWay] = since.split(':') as [string, string, string]
      const { rows } = await pool.query<Position & { heads: (Head & { ifKnown?: string | null; seq?: number | null })[] }>({
        text: `SELECT ${here}, (
                 SELECT coalesce(json_agg(head ORDER BY head.rank, head.topic, head.seq), '[]') FROM (SELECT * FROM (${heads}) AS found LIMIT $5) AS head
               ) AS heads FROM server`,
        values: [upper, underWay ? underWay.split(',') : [], channels, people, most + 1],
      })
      const { heads: found, ...until } = rows[0]!
      if (found.length > most) return { until, heads: null }
      return {
        until,
        heads: found.map(({ topic, type, entity, version, seq, ifKnown }) => ({
          topic,
          type,
          entity,
          version,
          ...(ifKnown != null && { ifKnown }),
          ...(seq != null && { seq }),
        })),
      }
    },

    load,

    numbered(topic, from, to) {
      const channelId = channelOf(topic)
      return load(Array.from({ length: to - from + 1 }, (_, at) => messageHead(channelId, from + at)))
    },

    async topic(topic, people) {
      if (!isChannelTopic(topic)) return { last: 0, fence: 0, isGone: false, people: new Map() }
      return topicOf({ channelId: channelOf(topic), people })
    },

    person: personOf,
  }
}

const messageHead = (channelId: string, seq: number): Head => ({
  topic: channelTopic(channelId),
  type: 'MessageAdded',
  ifKnown: 'MessageChanged',
  entity: `Message:${channelId}:${seq}`,
  version: 1,
  seq,
})

/** The type is the row's, where it can end: since its head was read it may have ended, or begun again. */
const typeOf: Partial<Record<Entity, (row: Record<string, unknown>) => string>> = {
  Membership: ({ leftAt }) => (leftAt === null ? 'MembershipChanged' : 'MemberLeft'),
  Channel: ({ deletedAt }) => (deletedAt === null ? 'ChannelChanged' : 'ChannelDeleted'),
  User: ({ deletedAt }) => (deletedAt === null ? 'UserChanged' : 'UserDeleted'),
}

function happeningOf(head: Head, row: Record<string, unknown>): Happening {
  const entity = head.entity.slice(0, head.entity.indexOf(':')) as Entity
  const version = typeof row.version === 'number' ? row.version : head.version
  const subject = row.senderId ?? row.userId ?? null
  return {
    ...head,
    type: typeOf[entity]?.(row) ?? head.type,
    version,
    ...(typeof row.fence === 'number' && { fence: row.fence }),
    subjects: typeof subject === 'string' ? [subject] : [],
    ...(typeof row.replyToSeq === 'number' && { reaches: row.replyToSeq }),
    ...(entity === 'Receipt' ? { joins: 'receipts', rows: { receipts: [row] } } : { rows: { [tables[entity].row]: row } }),
  }
}

/** A row as PostgreSQL writes it in JSON, in the names and types of the rest of the house. */
function camelCased(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => name !== 'changed' && name !== 'content_hash' && name !== 'password_hash')
      .map(([name, value]) => [
        name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        value !== null && /_(at|until)$/.test(name) ? new Date(value as string) : value,
      ]),
  )
}

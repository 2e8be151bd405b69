import type { Client } from 'pg'

export type Sizes = { users: number; channels: number; messages: number }
export type Step = { what: string; rows: number; ms: number }

const firstNames =
  'Ada Alan Amara Anja Bela Carmen Chidi Dana Edgar Elif Farid Grace Hedy Ines Ivan Jin Kofi Lena Mateo Mira Nils Noor Olga Pavel Rosa Sana Tariq Uma Vera Yuki'
const lastNames =
  'Abe Berg Costa Diaz Ek Ferrari Garcia Haas Ito Jansen Keller Lopez Mori Novak Okafor Petrov Quist Rossi Sato Tanaka Ueda Varga Weber Xu Yilmaz Zhou'
const topics =
  'design engineering sales support random music books travel garden kitchen security data mobile web hiring events science history cycling chess'
const prose =
  'Has anybody looked at the numbers of last week? I think we should talk about it on Monday, before the others are back. The new ' +
  'version is out, and it is faster than the one before. Thank you, that helped a lot! Could you send me the document again? Mine is ' +
  'gone. Lunch at noon, as always, by the fountain. The train was late, so I will be there in ten minutes. Look at this: it works on my ' +
  'machine, and on yours, too. Who wants to write it up? I can take the first half, and the rest is a matter of an hour or so. Good ' +
  'morning, everyone. We found the reason, it was the clock. Nobody has to do anything about it now, but please keep an eye on it today.'

const listed = (words: string) => `ARRAY['${words.replaceAll(' ', "','")}']`

/** The number of the channel that everybody is in. */
const everybodys = 50

type Statement = { what: string; text: string | readonly string[]; counted?: boolean }

/**
 * A busy place in SQL: few channels have most of the messages, few people are in most of the channels, the newest is read by most.
 * Everything is made from numbers, so that another run makes the same people and channels.
 */
function steps({ users, channels, messages }: Sizes): Statement[] {
  /** The share of channels and who is in them: two of three are DIRECT, one of fifty is PUBLIC, and everybody is in the first of those. */
  const shape = `
    CREATE TEMP TABLE shape AS
    SELECT n, md5('channel' || n)::uuid AS id, kind, 0 AS messages,
      CASE WHEN n = ${everybodys} THEN ${users} WHEN kind = 'DIRECT' THEN 2 WHEN kind = 'GROUP' THEN 3 + floor(40 * power(random(), 4))::int
        ELSE least(${users}, 10 + floor(${users} * power(random(), 6))::int) END AS people
    FROM (SELECT n, CASE WHEN n % 50 = 0 THEN 'PUBLIC' WHEN n % 3 = 0 THEN 'GROUP' ELSE 'DIRECT' END AS kind FROM generate_series(1, ${channels}) AS n) AS s`
  const spread = `
    UPDATE shape SET messages = given.n FROM (
      SELECT id, floor(${messages} * weight / sum(weight) OVER ())::int AS n
      FROM (SELECT id, CASE kind WHEN 'PUBLIC' THEN 4 ELSE 1 END / power(row_number() OVER (ORDER BY n <> ${everybodys}, random()) + 2, 0.85) AS weight FROM shape) AS w
    ) AS given WHERE given.id = shape.id`
  const rest = `UPDATE shape SET messages = messages + ${messages} - (SELECT sum(messages) FROM shape) WHERE n = ${everybodys}`
  /** Those with a low number are in many channels. */
  const someone = `1 + floor(${users} * power(random(), 1.6))::int`
  const seats = `
    CREATE TEMP TABLE seats AS
    SELECT n, id, kind, person, md5('user' || person)::uuid AS user_id, (row_number() OVER (PARTITION BY n ORDER BY random()))::int AS nth FROM (
      SELECT DISTINCT n, id, kind, person FROM (
        SELECT n, id, kind, ${someone} AS person FROM shape, generate_series(1, people) WHERE kind <> 'DIRECT' AND people < ${users}
        UNION ALL SELECT n, id, kind, person FROM shape, generate_series(1, ${users}) AS person WHERE people = ${users}
        UNION ALL SELECT n, id, kind, unnest(ARRAY[1 + n % ${users}, 1 + (n + 1 + (n / ${users}) * 7 + n % 89) % ${users}]) FROM shape WHERE kind = 'DIRECT'
      ) AS drawn
    ) AS s`
  const senders = `CREATE TEMP TABLE crowds AS SELECT n, max(nth) AS size FROM seats GROUP BY n`
  const batches = 40
  const said = Array.from(
    { length: batches },
    (_, batch) => `
    INSERT INTO messages (channel_id, seq, kind, sender_id, text, client_id, content_hash, reply_to_seq, created_at, edited_at, deleted_at, version)
    SELECT m.id, m.seq, CASE WHEN m.dice < 0.01 THEN 'SYSTEM' ELSE 'TEXT' END::"MessageKind", seats.user_id,
      CASE WHEN m.dice < 0.985 THEN substr('${prose}', 1 + floor(400 * m.dice)::int, 10 + floor(250 * power(m.other, 3))::int) END,
      CASE WHEN m.dice >= 0.1 THEN gen_random_uuid() END, CASE WHEN m.dice >= 0.1 THEN decode(md5(m.n || ':' || m.seq), 'hex') END,
      CASE WHEN m.other < 0.15 AND m.seq > 1 THEN greatest(1, m.seq - 1 - floor(20 * m.dice)::int) END,
      m.at, CASE WHEN m.other > 0.97 THEN m.at + interval '1 minute' END, CASE WHEN m.dice >= 0.985 THEN m.at + interval '1 hour' END,
      1 + (m.other > 0.97)::int + (m.dice >= 0.985)::int
    FROM (
      SELECT shape.n, shape.id, seq, random() AS dice, random() AS other, 1 + floor(crowds.size * power(random(), 2))::int AS nth,
        date_trunc('milliseconds', now() - interval '1 day' - interval '400 days' * power(1 - seq::float / (messages + 1), 1.5)) AS at
      FROM shape JOIN crowds USING (n), generate_series(1, messages) AS seq WHERE n % ${batches} = ${batch}
    ) AS m JOIN seats ON seats.n = m.n AND seats.nth = m.nth`,
  )
  return [
    {
      what: 'people',
      text: `INSERT INTO users (id, handle, display_name, bio, created_at)
        SELECT md5('user' || n)::uuid, lower(first || '.' || last) || n, first || ' ' || last, CASE WHEN n % 3 = 0 THEN 'From the ' || n || 'th floor' END,
          now() - interval '500 days' * (1 - n::float / ${users})
        FROM (SELECT n, (${listed(firstNames)})[1 + n % 30] AS first, (${listed(lastNames)})[1 + n % 26] AS last FROM generate_series(1, ${users}) AS n) AS p`,
      counted: true,
    },
    {
      what: 'accounts',
      text: `INSERT INTO accounts (user_id, email, email_verified_at, read_receipts)
        SELECT md5('user' || n)::uuid, 'person' || n || '@example.org', now(), n % 30 <> 0 FROM generate_series(1, ${users}) AS n`,
      counted: true,
    },
    {
      what: 'sessions',
      text: `INSERT INTO sessions (id, token_hash, user_id, expires_at)
        SELECT gen_random_uuid(), encode(sha256(('token' || n)::bytea), 'hex'), md5('user' || (1 + n % ${users}))::uuid, now() + interval '9 days' * random()
        FROM generate_series(1, ${users * 3}) AS n`,
      counted: true,
    },
    {
      what: 'who is where',
      text: ['SELECT setseed(0.42)', shape, spread, rest, seats, senders, 'CREATE INDEX ON seats (n, nth)', 'ANALYZE shape, seats, crowds'],
    },
    {
      what: 'channels',
      text: `INSERT INTO channels (id, kind, name, topic, direct_low, direct_high, created_at, archived_at, deleted_at, member_count, last_seq, last_active_at)
        SELECT shape.id, kind::"ChannelKind", CASE WHEN kind <> 'DIRECT' THEN (${listed(topics)})[1 + n % 20] || ' ' || n END,
          CASE WHEN kind <> 'DIRECT' AND n % 4 = 0 THEN left('${prose}', 20 + n % 200) END,
          CASE WHEN kind = 'DIRECT' THEN pair.low END, CASE WHEN kind = 'DIRECT' THEN pair.high END,
          now() - interval '401 days', CASE WHEN kind <> 'DIRECT' AND n % 31 = 0 THEN now() END, CASE WHEN kind <> 'DIRECT' AND n % 101 = 0 THEN now() END,
          0, messages, date_trunc('milliseconds', now() - interval '1 day' - interval '400 days' * power(1 - messages::float / (messages + 1), 1.5))
        FROM shape JOIN (
          SELECT n, (min(user_id::text))::uuid AS low, (max(user_id::text))::uuid AS high FROM seats GROUP BY n
        ) AS pair USING (n)`,
      counted: true,
    },
    {
      what: 'memberships',
      text: `INSERT INTO memberships (channel_id, user_id, role, joined_at, left_at, notification_level, unread_from)
        SELECT id, user_id, CASE WHEN kind = 'DIRECT' THEN 'MEMBER' WHEN nth = 1 THEN 'OWNER' WHEN nth <= 3 THEN 'MODERATOR' ELSE 'MEMBER' END::"MemberRole",
          now() - interval '400 days' + nth * interval '1 minute', CASE WHEN kind <> 'DIRECT' AND nth > 3 AND random() < 0.04 THEN now() END,
          CASE WHEN kind = 'PUBLIC' THEN 'MENTIONS' ELSE 'ALL' END::"NotificationLevel", NULL
        FROM seats`,
      counted: true,
    },
    {
      what: 'member counts',
      text: `UPDATE channels SET member_count = there.n FROM (SELECT channel_id, count(*) AS n FROM memberships WHERE left_at IS NULL GROUP BY 1) AS there
        WHERE channels.id = there.channel_id AND member_count <> there.n`,
    },
    { what: 'messages', text: said, counted: true },
    { what: 'their statistics', text: 'ANALYZE messages' },
    {
      what: 'mentions',
      text: `INSERT INTO mentions (user_id, channel_id, seq)
        SELECT seats.user_id, m.channel_id, m.seq FROM messages m JOIN shape ON shape.id = m.channel_id JOIN crowds USING (n)
        JOIN seats ON seats.n = shape.n AND seats.nth = 1 + (m.seq * 7) % crowds.size
        WHERE m.seq % 25 = 0 AND m.kind = 'TEXT' AND m.deleted_at IS NULL AND seats.user_id <> m.sender_id`,
      counted: true,
    },
    {
      what: 'reactions',
      text: `INSERT INTO reactions (channel_id, seq, emoji, user_id, created_at)
        SELECT m.channel_id, m.seq, (ARRAY['👍','❤️','🎉','😂','👀'])[1 + (m.seq + who) % 5], seats.user_id, m.created_at + who * interval '1 minute'
        FROM messages m JOIN shape ON shape.id = m.channel_id JOIN crowds USING (n), generate_series(1, 3) AS who, seats
        WHERE m.seq % 17 = 0 AND m.deleted_at IS NULL AND seats.n = shape.n AND seats.nth = 1 + (m.seq + who * 5) % crowds.size
        ON CONFLICT DO NOTHING`,
      counted: true,
    },
    {
      what: 'receipts',
      text: `INSERT INTO receipts (channel_id, user_id, delivered_seq, delivered_at, read_seq, read_at)
        SELECT c.id, user_id, c.last_seq - floor(behind / 3)::int, now(), c.last_seq - behind, now()
        FROM (SELECT seats.id, user_id, least(messages, floor(300 * power(random(), 8)))::int AS behind FROM seats JOIN shape USING (n)) AS s
        JOIN channels c ON c.id = s.id`,
      counted: true,
    },
    {
      // What names or answers somebody, unread as far as it is. Who is in most channels hasn't looked at a busy one for long.
      what: 'notifications',
      text: [
        'ANALYZE receipts, mentions',
        `INSERT INTO notifications (id, user_id, kind, channel_id, seq, actor_id, created_at, read_at)
        SELECT gen_random_uuid(), told.user_id, told.kind::"NotificationKind", m.channel_id, m.seq, m.sender_id, m.created_at,
          CASE WHEN m.seq <= r.read_seq THEN m.created_at + interval '1 hour' END
        FROM (
          SELECT user_id, 'MENTION' AS kind, channel_id, seq FROM mentions
          UNION ALL SELECT answered.sender_id, 'REPLY', m.channel_id, m.seq FROM messages m JOIN messages answered ON answered.channel_id = m.channel_id AND answered.seq = m.reply_to_seq
        ) AS told JOIN messages m USING (channel_id, seq) JOIN receipts r ON r.channel_id = m.channel_id AND r.user_id = told.user_id
        WHERE m.sender_id <> told.user_id AND m.deleted_at IS NULL ON CONFLICT DO NOTHING`,
        `CREATE TEMP TABLE away AS
        SELECT person.user_id, c.id AS channel_id FROM (SELECT user_id FROM memberships WHERE left_at IS NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) AS person
        JOIN memberships m ON m.user_id = person.user_id AND m.left_at IS NULL JOIN channels c ON c.id = m.channel_id
        WHERE c.deleted_at IS NULL AND c.archived_at IS NULL ORDER BY c.last_seq DESC, c.id LIMIT 1 OFFSET 2`,
        `UPDATE receipts r SET read_seq = greatest(c.last_seq - 1000, 0) FROM away JOIN channels c ON c.id = away.channel_id WHERE r.user_id = away.user_id AND r.channel_id = away.channel_id`,
        `DELETE FROM notifications n USING away WHERE n.user_id = away.user_id AND n.channel_id = away.channel_id`,
        `INSERT INTO notifications (id, user_id, kind, channel_id, seq, actor_id, created_at)
        SELECT gen_random_uuid(), away.user_id, 'MENTION', m.channel_id, m.seq, m.sender_id, m.created_at
        FROM away JOIN receipts r USING (user_id, channel_id) JOIN messages m ON m.channel_id = away.channel_id AND m.seq > r.read_seq`,
      ],
      counted: true,
    },
    {
      what: 'whom mails wait for',
      text: [
        `INSERT INTO mail_people (user_id, due_at, mailed_at)
        SELECT user_id, CASE WHEN random() < 0.02 THEN now() + interval '1 hour' * (random() - 0.5) END, ARRAY[now() - interval '5 hours'] FROM accounts`,
        `INSERT INTO mail_conversations (user_id, channel_id, waiting_since, mailed_at, mailed_seq, step)
        SELECT r.user_id, r.channel_id, CASE WHEN r.read_seq < c.last_seq AND random() < 0.1 THEN now() - interval '1 hour' END, now() - interval '1 day', r.read_seq / 2, 1
        FROM receipts r JOIN channels c ON c.id = r.channel_id`,
      ],
      counted: true,
    },
    {
      what: 'mails',
      text: `INSERT INTO mails (id, key, priority, state, recipient, user_id, writer, subject, last_error, created_at, due_at, settled_at)
        SELECT gen_random_uuid(), 'unread:' || n, 'NOTIFICATION', state::"MailState", CASE state WHEN 'SENT' THEN '' ELSE 'person' || n || '@example.org' END,
          md5('user' || (1 + n % ${users}))::uuid, CASE WHEN state <> 'SENT' THEN 'unread' END, NULL, CASE state WHEN 'DEAD' THEN 'No such mailbox.' END,
          at, at, CASE WHEN state <> 'QUEUED' THEN at END
        FROM (
          SELECT n, CASE WHEN n <= 10 THEN 'QUEUED' WHEN n <= 30 THEN 'DEAD' ELSE 'SENT' END AS state, now() - interval '30 days' * random() AS at
          FROM generate_series(1, ${users * 20}) AS n
        ) AS m`,
      counted: true,
    },
    { what: 'that all of it is seen to', text: 'UPDATE notifier SET since = pg_current_snapshot()::text' },
    { what: 'tidying up', text: ['DROP TABLE shape, seats, crowds, away', 'VACUUM ANALYZE'] },
  ]
}

/** Fills an empty database. `told` hears of each step as it is done. */
export async function generate(client: Client, sizes: Sizes, told: (step: Step) => void = () => {}): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM channels LIMIT 1')
  if (rowCount)
    throw new Error('There are channels in this database already. Remove it (.parley/bench), or name an empty one in DATABASE_URL.')
  await client.query('SET synchronous_commit = off')
  await client.query("SET work_mem = '256MB'")
  await client.query('SET statement_timeout = 0')
  // Where we may: what triggers and foreign keys would check one by one holds by the way it is made.
  await client.query('SET session_replication_role = replica').catch(() => {})
  for (const { what, text, counted } of steps(sizes)) {
    const started = performance.now()
    let rows = 0
    for (const statement of typeof text === 'string' ? [text] : text) rows += (await client.query(statement)).rowCount ?? 0
    told({ what, rows: counted ? rows : 0, ms: performance.now() - started })
  }
}

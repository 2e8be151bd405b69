import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Person, query } from '../../support/people.ts'
import { seedCrowd, seedGroup, seedPerson, type SeededChannel } from '../../support/seed.ts'
import { idAt } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

// Marks of many, at random: what the API says of them is compared with what a plain statement counts.

const size = 620
const messages = 400
const left = 40

let world: World
let ada: Person
let hidden: Person
let hall: SeededChannel
beforeAll(async () => {
  world = await createWorld()
  ;[ada, hidden] = await Promise.all([seedPerson(world), seedPerson(world)])
  hall = await seedGroup(world, { owners: [ada], members: [hidden] })
  const { pool } = world.app.database
  await seedCrowd(world, hall, size + left - 2)
  await pool.query(
    `WITH people AS (SELECT array_agg(user_id) AS ids FROM memberships WHERE channel_id = $1)
     INSERT INTO messages (channel_id, seq, sender_id, text)
     SELECT $1, n, ids[1 + (random() * ${size - 1})::integer], 'Hello' FROM people, generate_series(1, ${messages}) AS n`,
    [hall.key],
  )
  await pool.query(`UPDATE channels SET last_seq = ${messages} WHERE id = $1`, [hall.key])
  await pool.query(
    `WITH marks AS (
       SELECT user_id, (random() * ${messages})::integer AS delivered, random() AS part FROM receipts WHERE channel_id = $1
     ) UPDATE receipts r SET delivered_seq = delivered, read_seq = (delivered * part)::integer FROM marks
       WHERE r.channel_id = $1 AND r.user_id = marks.user_id`,
    [hall.key],
  )
  const crowd = `SELECT user_id FROM memberships WHERE channel_id = $1 AND user_id NOT IN (SELECT user_id FROM accounts)`
  await pool.query(`UPDATE memberships SET left_at = now() WHERE channel_id = $1 AND user_id IN (${crowd} LIMIT ${left})`, [hall.key])
  await pool.query(
    `INSERT INTO accounts (user_id, read_receipts) SELECT user_id, random() < 0.7 FROM (${crowd} AND left_at IS NULL) AS c`,
    [hall.key],
  )
  await pool.query('UPDATE accounts a SET read_receipts = false FROM users u WHERE u.id = a.user_id AND u.handle = $1', [hidden.handle])
  // For the recounts below, which join everything with everything: without statistics PostgreSQL takes a large channel for a small one.
  await pool.query('ANALYZE')
})
afterAll(() => world.stop())

type Page = { totalCount: number; edges: { node: { user: { handle: string } } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }

/** Whom a plain statement finds to have got, or read, a message. */
async function expected(viewer: Person, seq: number, state: 'DELIVERED' | 'READ'): Promise<string[]> {
  const { rows } = await world.app.database.pool.query<{ handle: string }>(
    `SELECT u.handle FROM receipts r JOIN memberships m USING (channel_id, user_id) JOIN users u ON u.id = r.user_id JOIN accounts a USING (user_id)
     WHERE r.channel_id = $1 AND m.left_at IS NULL AND r.user_id <> (SELECT sender_id FROM messages WHERE channel_id = $1 AND seq = $2)
       AND CASE WHEN $3 = 'DELIVERED' THEN r.delivered_seq >= $2
                WHEN u.handle = $4 THEN r.read_seq >= $2
                ELSE r.read_seq >= $2 AND a.read_receipts AND (SELECT read_receipts FROM accounts JOIN users ON id = user_id WHERE handle = $4) END`,
    [hall.key, seq, state, viewer.handle],
  )
  return rows.map(({ handle }) => handle).toSorted()
}

async function allPages(
  viewer: Person,
  field: 'channel' | 'node',
  id: string,
  receipts: string,
): Promise<{ handles: string[]; total: number }> {
  const handles: string[] = []
  let page: Page | undefined
  do {
    const text = `query ($id: ID!, $after: String) { it: ${field}(id: $id) { ... on ${field === 'channel' ? 'Channel' : 'Message'} {
      ${receipts} { totalCount edges { node { user { handle } } } pageInfo { hasNextPage endCursor } } } } }`
    page = (await query<{ it: { receipts: Page } }>(viewer.client, text, { id, after: page?.pageInfo.endCursor })).it.receipts
    handles.push(...page.edges.map(({ node }) => node.user.handle))
  } while (page.pageInfo.hasNextPage)
  return { handles, total: page.totalCount }
}

describe('in a channel of more than five hundred', () => {
  it('where everyone stands comes in pages, each once', async () => {
    const { handles, total } = await allPages(ada, 'channel', hall.id, 'receipts(first: 100, after: $after)')
    expect([handles.length, new Set(handles).size, total]).toEqual([size, size, size])
  })

  it.each(['first', 'last'])('pages go both ways: %s', async (way) => {
    const [beyond, cursor] = way === 'first' ? (['after', 'endCursor'] as const) : (['before', 'startCursor'] as const)
    const text = `query ($id: ID!, $place: String) { channel(id: $id) { receipts(${way}: 7, ${beyond}: $place) { edges { node { user { id } } } pageInfo { ${cursor} } } } }`
    type Answer = { channel: { receipts: { edges: { node: { user: { id: string } } }[]; pageInfo: Record<string, string> } } }
    const ids: string[] = []
    let place: string | undefined
    for (let n = 0; n < 3; n++) {
      const { edges, pageInfo } = (await query<Answer>(ada.client, text, { id: hall.id, place })).channel.receipts
      ids.splice(way === 'first' ? ids.length : 0, 0, ...edges.map(({ node }) => node.user.id))
      place = pageInfo[cursor]
    }
    const all = (
      await world.app.database.prisma.membership.findMany({ where: { channelId: hall.key, leftAt: null }, orderBy: { userId: 'asc' } })
    ).map(({ userId }) => Buffer.from(`User:${userId}`).toString('base64url'))
    expect(ids).toEqual(way === 'first' ? all.slice(0, 21) : all.slice(-21))
  })

  it('who has got a message, and who has read it, comes in pages', async () => {
    for (const viewer of [ada, hidden])
      for (const seq of [1, 200, messages])
        for (const state of ['DELIVERED', 'READ'] as const) {
          const receipts = `receipts(state: ${state}, first: 100, after: $after)`
          const { handles, total } = await allPages(viewer, 'node', idAt(hall.id, seq), receipts)
          const reached = await expected(viewer, seq, state)
          expect([handles.toSorted(), total]).toEqual([reached, reached.length])
        }
  })

  it('the summaries of all messages are those of a recount', async () => {
    const { pool } = world.app.database
    for (const viewer of [ada, hidden]) {
      const { rows } = await pool.query(
        `SELECT x.seq, count(*)::integer AS recipients, count(*) FILTER (WHERE r.delivered_seq >= x.seq)::integer AS delivered,
           count(*) FILTER (WHERE r.read_seq >= x.seq AND (u.handle = $2 OR a.read_receipts AND own.read_receipts))::integer AS read
         FROM messages x JOIN receipts r ON r.channel_id = x.channel_id AND r.user_id <> x.sender_id
         JOIN memberships m ON m.channel_id = r.channel_id AND m.user_id = r.user_id AND m.left_at IS NULL
         JOIN users u ON u.id = r.user_id JOIN accounts a ON a.user_id = r.user_id
         CROSS JOIN (SELECT read_receipts FROM accounts JOIN users ON id = user_id WHERE handle = $2) AS own
         WHERE x.channel_id = $1 GROUP BY x.seq ORDER BY x.seq`,
        [hall.key, viewer.handle],
      )
      const counted: unknown[] = []
      for (let after: string | undefined; counted.length < messages; ) {
        const text = `query ($id: ID!, $after: String) { channel(id: $id) { messages(first: 100, after: $after) {
          edges { node { seq receiptSummary { recipients delivered read } } } pageInfo { endCursor } } } }`
        type Answer = {
          channel: { messages: { edges: { node: { seq: number; receiptSummary: object } }[]; pageInfo: { endCursor: string } } }
        }
        const { edges, pageInfo } = (await query<Answer>(viewer.client, text, { id: hall.id, after })).channel.messages
        counted.push(...edges.map(({ node: { seq, receiptSummary } }) => ({ seq, ...receiptSummary })))
        after = pageInfo.endCursor
      }
      expect(counted).toEqual(rows)
    }
  })

  it('a page or cursor that can’t be is INVALID_INPUT, with every issue', async () => {
    const wrong = 'first: 101, last: -1, after: "x"'
    for (const [id, receipts] of [
      [hall.id, `... on Channel { receipts(${wrong})`],
      [idAt(hall.id, 1), `... on Message { receipts(state: READ, ${wrong})`],
    ]) {
      const { errors } = await ada.client.send(`query ($id: ID!) { node(id: $id) { ${receipts} { totalCount } } } }`, { id })
      expect(errors![0]!.extensions).toMatchObject({
        code: 'INVALID_INPUT',
        issues: [{ path: 'first' }, { path: 'last' }, { path: 'after' }, { path: 'last' }],
      })
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyOf, type SeededChannel, seedCrowd, seedDirect, seedGroup, seedPerson } from '../../support/seed.ts'
import { createWorld, type World } from '../../support/world.ts'

// What the database itself says of channels: what can't be, and how it finds its way.

let world: World
let one: string
let other: string
beforeAll(async () => {
  world = await createWorld()
  const [ada, bob] = [await seedPerson(world), await seedPerson(world)]
  await seedDirect(world, ada, bob)
  ;[one, other] = [ada, bob].map(({ id }) => keyOf(id)).toSorted() as [string, string]
})
afterAll(() => world.stop())

describe('can’t be stored:', () => {
  const channel = (columns: Record<string, unknown>) => {
    const all = { id: '019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a', ...columns }
    const names = Object.keys(all)
    return world.app.database.pool.query(
      `INSERT INTO channels (${names.join(', ')}) VALUES (${names.map((_, place) => `$${place + 1}`).join(', ')})`,
      Object.values(all),
    )
  }
  const pair = () => ({ kind: 'DIRECT', direct_low: one, direct_high: other })

  it.each<[string, () => object, string]>([
    ['a second direct channel of two people', pair, 'channels_direct_low_direct_high_key'],
    ['the same the other way round', () => ({ ...pair(), direct_low: other, direct_high: one }), 'channels_direct_pair'],
    ['a direct channel with one side', () => ({ kind: 'DIRECT', direct_low: one }), 'channels_direct_pair'],
    ['one with a name', () => ({ ...pair(), name: 'Us' }), 'channels_direct_pair'],
    ['one with a topic', () => ({ ...pair(), topic: 'Us' }), 'channels_direct_pair'],
    ['one that is archived', () => ({ ...pair(), archived_at: new Date() }), 'channels_direct_stays'],
    ['one that is deleted', () => ({ ...pair(), deleted_at: new Date() }), 'channels_direct_stays'],
    ['a group of a pair', () => ({ ...pair(), kind: 'GROUP', name: 'Us' }), 'channels_direct_pair'],
    ['a group without a name', () => ({ kind: 'GROUP' }), 'channels_direct_pair'],
    ['an empty name', () => ({ kind: 'PUBLIC', name: '' }), 'channels_texts'],
    ['a long name', () => ({ kind: 'PUBLIC', name: 'x'.repeat(81) }), 'channels_texts'],
    ['a long topic', () => ({ kind: 'PUBLIC', name: 'x', topic: 'x'.repeat(251) }), 'channels_texts'],
    ['fewer than no members', () => ({ kind: 'GROUP', name: 'x', member_count: -1 }), 'channels_counts'],
  ])('%s', async (_what, columns, constraint) => {
    await expect(channel(columns() as Record<string, unknown>)).rejects.toMatchObject({ constraint })
  })

  it('two seats of one person in one channel', async () => {
    const ada = await seedPerson(world)
    const { key } = await seedGroup(world, { owners: [ada] })
    const again = world.app.database.prisma.membership.create({ data: { channelId: key, userId: keyOf(ada.id), notificationLevel: 'ALL' } })
    await expect(again).rejects.toMatchObject({ code: 'P2002' })
  })
})

describe('in a channel that thousands have left', () => {
  let channel: SeededChannel
  beforeAll(async () => {
    const { pool } = world.app.database
    channel = await seedGroup(world, { owners: [await seedPerson(world)] })
    await seedCrowd(world, channel, 6_000)
    await pool.query(
      `UPDATE memberships SET left_at = now() WHERE channel_id = $1 AND role = 'MEMBER' AND hashtext(user_id::text) % 10 <> 0`,
      [channel.key],
    )
    const busy = await seedGroup(world)
    await seedCrowd(world, busy, 2_000)
    await pool.query('VACUUM ANALYZE memberships, channels')
  })

  const plan = async (statement: string) => {
    const { rows } = await world.app.database.pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN ${statement.replaceAll('$1', `'${channel.key}'`)}`,
    )
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }

  it.each([
    [
      'a page of members',
      'SELECT * FROM memberships m WHERE m.channel_id = $1 AND m.left_at IS NULL ORDER BY m.joined_at, m.user_id LIMIT 51',
      'memberships_present',
    ],
    [
      'the last page',
      'SELECT * FROM memberships m WHERE m.channel_id = $1 AND m.left_at IS NULL ORDER BY m.joined_at DESC, m.user_id DESC LIMIT 51',
      'memberships_present',
    ],
    [
      'who leads',
      `SELECT * FROM memberships m WHERE m.channel_id = $1 AND m.left_at IS NULL AND m.role <> 'MEMBER' AND m.role::text = ANY ('{OWNER}') ORDER BY m.joined_at, m.user_id LIMIT 51`,
      'memberships_present_leading',
    ],
    [
      'the number of owners',
      `SELECT count(*) FROM memberships WHERE channel_id = $1 AND left_at IS NULL AND role = 'OWNER'`,
      'memberships_present_leading',
    ],
  ])('%s is found by its index', async (_what, statement, index) => {
    const found = await plan(statement)
    expect(found).toMatch(new RegExp(`Index( Only)? Scan( Backward)? using ${index} `))
    expect(found).not.toContain('Seq Scan')
  })
})

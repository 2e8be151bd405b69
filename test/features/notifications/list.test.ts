import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { act, ends } from '../../support/channels.ts'
import { markRead } from '../../support/marks.ts'
import { inShort, listOf, notification, unreadCount } from '../../support/notifications.ts'
import { mutate, type Person, password, personOf, query } from '../../support/people.ts'
import { keyOf, seedDirect, type SeededChannel, seedGroup, seedPerson, seedPublic } from '../../support/seed.ts'
import { edit, remove, send } from '../../support/talk.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let ada: Person
let bob: Person
beforeAll(async () => {
  world = await createWorld({ env: { NOTIFIER: 'on' } })
})
afterAll(() => world.stop())

const twoPeople = async () => {
  ;[ada, bob] = [await seedPerson(world), await seedPerson(world)]
}
const short = async (person: Person, args = '') => inShort(await listOf(world, person, args))

describe('what is said to someone', () => {
  beforeAll(twoPeople)

  it('is listed once for each message, as the first that fits: a mention, then a reply', async () => {
    const room = await seedGroup(world, { owners: [ada], members: [bob] })
    const first = await send(bob, room.id, 'a question')
    await send(ada, room.id, 'nothing to do with anybody')
    await send(ada, room.id, { text: 'an answer', replyToId: first.id })
    await send(ada, room.id, { text: `an answer to @${bob.handle}`, replyToId: first.id })
    await send(ada, room.id, { text: 'named beside it', mentionIds: [bob.id] })
    expect(await short(bob)).toEqual(['MENTION named beside it', `MENTION an answer to @${bob.handle}`, 'REPLY an answer'])
    expect(await short(ada)).toEqual([])
    const [newest] = await listOf(world, bob)
    expect(newest).toMatchObject({ version: 1, channel: { id: room.id }, actor: { handle: ada.handle } })
  })

  it('is nothing where they say it themselves, or to nobody', async () => {
    const room = await seedGroup(world, { owners: [ada], members: [bob] })
    const before = await listOf(world, bob)
    const own = await send(bob, room.id, `I, @${bob.handle}, say`)
    await send(bob, room.id, { text: 'and answer myself', replyToId: own.id })
    await send(bob, room.id, `@${ada.handle}`)
    expect(await listOf(world, bob)).toEqual(before)
  })

  it('stays what it was when the message is edited, and an edit notifies nobody', async () => {
    const room = await seedGroup(world, { owners: [ada], members: [bob] })
    const said = await send(ada, room.id, `one @${bob.handle}`)
    const other = await send(ada, room.id, 'other')
    const before = await listOf(world, bob)
    await edit(ada, said, { text: 'one' })
    await edit(ada, other, { text: `other @${bob.handle}` })
    expect((await listOf(world, bob)).map(({ id, version }) => [id, version])).toEqual(before.map(({ id, version }) => [id, version]))
  })
})

describe('a direct conversation', () => {
  beforeAll(twoPeople)

  it('is listed once while it is unread, moved to its newest message, and again after it was read', async () => {
    const room = await seedDirect(world, ada, bob)
    await send(ada, room.id, 'one')
    const [first] = await listOf(world, bob)
    expect(first).toMatchObject({ kind: 'DIRECT_MESSAGE', version: 1, message: { text: 'one' } })
    await send(ada, room.id, 'two')
    await send(ada, room.id, 'three')
    const moved = await listOf(world, bob)
    expect(moved).toMatchObject([{ id: first!.id, message: { text: 'three' }, readAt: null }])
    expect(moved[0]!.version).toBeGreaterThan(1)
    expect(moved[0]!.createdAt > first!.createdAt).toBe(true)
    await markRead(bob, room, 3)
    expect(await short(bob)).toEqual(['DIRECT_MESSAGE three read'])
    await send(ada, room.id, 'four')
    expect(await short(bob)).toEqual(['DIRECT_MESSAGE four', 'DIRECT_MESSAGE three read'])
    expect(await short(ada)).toEqual([])
  })

  it('goes back to the message before it when the newest is deleted, and is over with the last', async () => {
    const [eve, max] = [await seedPerson(world), await seedPerson(world)]
    const room = await seedDirect(world, eve, max)
    const [one, two] = [await send(eve, room.id, 'one'), await send(eve, room.id, 'two')]
    expect(await short(max)).toEqual(['DIRECT_MESSAGE two'])
    await remove(eve, two)
    expect(await short(max)).toEqual(['DIRECT_MESSAGE one'])
    await remove(eve, one)
    expect(await short(max)).toEqual(['DIRECT_MESSAGE read'])
  })

  it('is no news in notes to oneself', async () => {
    await send(ada, (await seedDirect(world, ada)).id, 'a note')
    expect(await short(ada)).toEqual([])
  })
})

describe('levels', () => {
  beforeAll(twoPeople)

  it('NONE and muted list nothing; MENTIONS what names or answers them; but for having been added', async () => {
    const room = await seedGroup(world, { owners: [ada], members: [bob] })
    const direct = await seedDirect(world, ada, bob)
    const settings = async (input: object) => {
      for (const { id } of [room, direct]) await act(bob, 'updateMembership', { channelId: id, ...input })
    }
    const speak = async (text: string) => {
      for (const { id } of [room, direct]) await send(ada, id, `${text} @${bob.handle}`)
      await send(ada, direct.id, text)
      return short(bob)
    }
    await settings({ notificationLevel: 'NONE' })
    expect(await speak('none')).toEqual([])
    await settings({ notificationLevel: 'ALL', mutedUntil: new Date(Date.now() + 60_000).toISOString() })
    expect(await speak('muted')).toEqual([])
    await settings({ notificationLevel: 'MENTIONS', mutedUntil: null })
    expect(await speak('named')).toEqual(Array(2).fill(`MENTION named @${bob.handle}`))
    await settings({ notificationLevel: 'ALL' })
    expect((await speak('all'))[0]).toBe('DIRECT_MESSAGE all')
  })
})

describe('being added', () => {
  beforeAll(twoPeople)

  it('is listed for whom somebody adds, be it later, at once, or invited; not for whoever comes by themselves', async () => {
    const group = (await act(ada, 'createChannel', { kind: 'GROUP', name: 'one', memberIds: [bob.id] }, 'channel { id }')).channel as {
      id: string
    }
    expect(await listOf(world, bob)).toMatchObject([
      { kind: 'ADDED_TO_CHANNEL', channel: { id: group.id }, message: null, actor: { handle: ada.handle } },
    ])
    const other = await seedGroup(world, { owners: [ada] })
    await act(ada, 'addMembers', { channelId: other.id, userIds: [bob.id] })
    await act(ada, 'addMembers', { channelId: other.id, userIds: [bob.id] })
    expect(await short(bob)).toEqual(['ADDED_TO_CHANNEL', 'ADDED_TO_CHANNEL'])
    await act(bob, 'joinChannel', { channelId: (await seedPublic(world, { owners: [ada] })).id })
    await act(ada, 'openDirectChannel', { userId: bob.id })
    expect(await unreadCount(world, bob)).toBe(2)
    expect(await short(ada)).toEqual([])
    const invited = await act(ada, 'invitePerson', { email: 'new@example.org', displayName: 'New', channelIds: [other.id] }, 'user { id }')
    const { rows } = await world.app.database.pool.query(
      "SELECT kind FROM notifications n JOIN accounts a USING (user_id) WHERE a.email = 'new@example.org'",
    )
    expect(invited.__typename).toBe('InvitePersonPayload')
    expect(rows).toEqual([{ kind: 'ADDED_TO_CHANNEL' }])
  })

  it('is read with whatever is read there', async () => {
    const [eve] = [await seedPerson(world)]
    const room = await seedGroup(world, { owners: [ada] })
    await act(ada, 'addMembers', { channelId: room.id, userIds: [eve.id] })
    await send(eve, room.id, 'Hello')
    expect(await short(eve)).toEqual(['ADDED_TO_CHANNEL read'])
  })
})

describe('reading', () => {
  beforeAll(twoPeople)

  it('reads what is up to there, on whatever device; sending does, too', async () => {
    const room = await seedGroup(world, { owners: [ada], members: [bob] })
    for (const n of [1, 2, 3]) await send(ada, room.id, `${n} @${bob.handle}`)
    await listOf(world, bob)
    await markRead(bob, room, 2)
    expect((await short(bob)).map((text) => text.includes('read'))).toEqual([false, true, true])
    await send(bob, room.id, 'seen')
    expect(await unreadCount(world, bob)).toBe(0)
  })

  it('marks what is named, or all, and says how much is left; somebody else’s is not found, and stays unread', async () => {
    const [eve, max] = [await seedPerson(world), await seedPerson(world)]
    const room = await seedGroup(world, { owners: [eve], members: [max] })
    for (const n of [1, 2, 3]) await send(eve, room.id, `${n} @${max.handle}`)
    const [newest] = await listOf(world, max)
    const mark = (person: Person, input: object) => mutate(person.client, 'markNotificationsRead', input, 'unread')
    expect(await mark(max, { ids: [newest!.id] })).toMatchObject({ unread: 2 })
    expect(await mark(max, { ids: [newest!.id] })).toMatchObject({ unread: 2 })
    expect(await mark(max, { ids: [] })).toMatchObject({ unread: 2 })
    expect(await mark(eve, { ids: [newest!.id] })).toMatchObject({ code: 'NOT_FOUND' })
    const unknown = { code: 'NOT_FOUND', reason: 'input.ids.1, input.ids.2: There is no such notification.' }
    expect(await mark(max, { ids: [newest!.id, 'nonsense', room.id, newest!.id] })).toMatchObject(unknown)
    expect(await mark(max, { ids: Array(101).fill(newest!.id) })).toMatchObject({ code: 'INVALID_INPUT' })
    expect((await short(max, 'unreadOnly: true')).length).toBe(2)
    expect(await mark(max, {})).toMatchObject({ unread: 0 })
    // What was said stays unread: marks are another thing.
    const { viewer } = await query<{ viewer: { unread: { mentions: number } } }>(max.client, '{ viewer { unread { mentions } } }')
    expect(viewer.unread.mentions).toBe(3)
  })
})

describe('what is gone', () => {
  beforeAll(twoPeople)

  it('a deleted message is read, and says nothing; its notification stays', async () => {
    const room = await seedGroup(world, { owners: [ada], members: [bob] })
    const said = await send(ada, room.id, `secret @${bob.handle}`)
    await listOf(world, bob)
    await remove(ada, said)
    expect(await short(bob)).toEqual(['MENTION read'])
  })

  it('of a channel that they left, or that is deleted, nothing is seen, and nothing is unread', async () => {
    const [eve] = [await seedPerson(world)]
    const [left, deleted] = [
      await seedGroup(world, { owners: [ada], members: [eve] }),
      await seedGroup(world, { owners: [ada], members: [eve] }),
    ]
    for (const { id } of [left, deleted]) await send(ada, id, `secret @${eve.handle}`)
    expect(await unreadCount(world, eve)).toBe(2)
    await act(ada, 'removeMember', { channelId: left.id, userId: eve.id })
    await act(ada, 'deleteChannel', { channelId: deleted.id })
    const list = await listOf(world, eve)
    expect(list).toMatchObject([
      { channel: null, message: null },
      { channel: null, message: null },
    ])
    expect(await unreadCount(world, eve)).toBe(0)
    const { node } = await query<{ node: unknown }>(
      eve.client,
      `query ($id: ID!) { node(id: $id) { ... on Notification { ${notification} } } }`,
      { id: list[0]!.id },
    )
    expect(node).toMatchObject({ channel: null, message: null })
    expect(JSON.stringify([list, node])).not.toContain('secret')
  })

  it('what was said before someone’s return isn’t theirs, not even where they were named in it', async () => {
    const [eve] = [await seedPerson(world)]
    const room = await seedGroup(world, { owners: [ada], members: [eve] })
    await send(ada, room.id, `before @${eve.handle}`)
    await listOf(world, eve)
    await act(ada, 'removeMember', { channelId: room.id, userId: eve.id })
    await act(ada, 'addMembers', { channelId: room.id, userIds: [eve.id] })
    expect(await listOf(world, eve)).toMatchObject([
      { kind: 'ADDED_TO_CHANNEL', channel: { id: room.id } },
      { kind: 'MENTION', channel: { id: room.id }, message: null },
    ])
  })

  it('whose account is deleted has no list, and is nobody in those of others', async () => {
    const [eve] = [await seedPerson(world)]
    const room = await seedGroup(world, { owners: [eve], members: [bob] })
    await send(eve, room.id, `bye @${bob.handle}`)
    await send(bob, room.id, `bye @${eve.handle}`)
    await listOf(world, bob)
    expect(await ends(eve, 'deleteAccount', { password })).toBe('done')
    expect((await listOf(world, bob))[0]).toMatchObject({ kind: 'MENTION', actor: null })
    const { rows } = await world.app.database.pool.query(
      'SELECT FROM notifications n WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.user_id = n.user_id)',
    )
    expect(rows).toEqual([])
    // What concerns somebody who is gone by the time it is decided harms nobody.
    await send(bob, room.id, `@${eve.handle}?`)
    await world.app.notifier!.settled()
  })
})

describe('the list', () => {
  it('comes in pages, the newest first, with cursors that stay, and nobody else’s', async () => {
    await twoPeople()
    const room = await seedGroup(world, { owners: [ada], members: [bob] })
    for (let n = 1; n <= 5; n++) await send(ada, room.id, `${n} @${bob.handle}`)
    const all = await listOf(world, bob)
    type Page = {
      viewer: {
        notifications: {
          totalCount: number
          edges: { cursor: string; node: { id: string } }[]
          pageInfo: { hasNextPage: boolean; endCursor: string }
        }
      }
    }
    const page = async (args: string) =>
      (
        await query<Page>(
          bob.client,
          `{ viewer { notifications(${args}) { totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } } } }`,
        )
      ).viewer.notifications
    const first = await page('first: 2')
    expect(first).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: true } })
    await send(ada, room.id, `6 @${bob.handle}`)
    await world.app.notifier!.settled()
    const second = await page(`first: 3, after: "${first.pageInfo.endCursor}"`)
    expect([...first.edges, ...second.edges].map(({ node }) => node.id)).toEqual(all.map(({ id }) => id))
    expect(second).toMatchObject({ totalCount: 6, pageInfo: { hasNextPage: false } })
    expect((await page(`last: 2, before: "${second.edges[0]!.cursor}"`)).edges.map(({ node }) => node.id)).toEqual(
      first.edges.map(({ node }) => node.id),
    )
    const { data, errors } = await bob.client.send('{ viewer { notifications(after: "?") { totalCount } } }')
    expect([data, errors?.[0]?.extensions.code]).toEqual([{ viewer: null }, 'INVALID_INPUT'])
    const [ids] = [all.map(({ id }) => id)]
    const { nodes } = await query<{ nodes: unknown[] }>(ada.client, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    expect(nodes).toEqual(ids.map(() => null))
  })

  it('fifty with message, channel and actor cost as many statements as two do', async () => {
    const quiet = await createWorld({ databaseUrl: world.databaseUrl })
    try {
      await twoPeople()
      for (let n = 0; n < 3; n++) {
        const room = await seedGroup(world, { owners: [ada], members: [bob] })
        for (let m = 0; m < 10; m++) await send(ada, room.id, `${m} @${bob.handle}`)
      }
      await world.app.notifier!.settled()
      const client = personOf(quiet, bob).client
      const text = `query ($first: Int!) { viewer { notifications(first: $first) { totalCount edges { node { kind message { text sender { handle } } channel { name } actor { handle } } } } } }`
      const cost = async (first: number) => (await quiet.statements(() => query(client, text, { first }))).statements
      await cost(1)
      const [few, many] = [await cost(2), await cost(50)]
      expect(many).toHaveLength(few.length)
      expect(many.length).toBeLessThanOrEqual(9)
    } finally {
      await quiet.stop()
    }
  })
})

it('is kept for 90 days, read or not; one of a direct conversation as long as it moves on', async () => {
  const [ada, bob] = [await seedPerson(world), await seedPerson(world)]
  const [room, direct] = [await seedGroup(world, { owners: [ada], members: [bob] }), await seedDirect(world, ada, bob)]
  // Made then, with ids of that time.
  const made = (count: number, days: number, kind: string, channel: SeededChannel, at = `now() - interval '${days} days'`) =>
    world.app.database.pool.query(
      `INSERT INTO notifications (id, user_id, kind, channel_id, seq, actor_id, created_at, read_at)
       SELECT (lpad(to_hex((extract(epoch FROM now() - interval '${days} days') * 1000)::bigint), 12, '0') || '70008' || left(md5($1 || random()), 15))::uuid,
         $2, $3::"NotificationKind", $1::text::uuid, n + ${days} * 10000, $4, ${at}, CASE WHEN n % 2 = 0 THEN now() END FROM generate_series(1, ${count}) AS n`,
      [channel.key, keyOf(bob.id), kind, keyOf(ada.id)],
    )
  await made(2_345, 91, 'MENTION', room)
  await made(3, 89, 'MENTION', room)
  await made(1, 200, 'DIRECT_MESSAGE', direct, 'now()')
  const { notifications } = world.app.rooms
  expect(await notifications.purge()).toBe(2_345)
  expect((await listOf(world, bob)).map(({ kind }) => kind)).toEqual(['DIRECT_MESSAGE', 'MENTION', 'MENTION', 'MENTION'])
  expect(await notifications.purge()).toBe(0)
})

it('is told live within moments, on every socket of theirs, and to nobody else', async () => {
  await twoPeople()
  const room = await seedGroup(world, { owners: [ada], members: [bob] })
  const sockets = [await bob.connect(), await ada.connect()]
  const [hers, others] = sockets.map((socket) =>
    socket.start(`subscription { notificationAdded { cursor notification { ${notification} } } }`),
  )
  await sockets[0]!.run('{ viewer { user { id } } }')
  const sent = performance.now()
  await send(ada, room.id, `now @${bob.handle}`)
  const { payload } = await sockets[0]!.nextOf(hers!)
  expect(payload!.data!.notificationAdded).toMatchObject({
    notification: { kind: 'MENTION', channel: { id: room.id }, message: { text: `now @${bob.handle}` } },
  })
  expect(performance.now() - sent).toBeLessThan(900)
  await send(bob, room.id, `back @${ada.handle}`)
  // The first that she hears of is her own.
  const answer = await sockets[1]!.nextOf(others!)
  expect(answer.payload!.data!.notificationAdded).toMatchObject({ notification: { actor: { handle: bob.handle } } })
  for (const socket of sockets) await socket.close()
})

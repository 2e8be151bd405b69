import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { act, type Announced, conversation, ends, listenTo, present, see } from '../../support/channels.ts'
import { createClient } from '../../support/client.ts'
import { mutate, type Person } from '../../support/people.ts'
import { createDatabase, type TestDatabase } from '../../support/postgres.ts'
import { holdChannel } from '../../support/hold.ts'
import { keyOf, type SeededChannel, seedGroup, seedPerson, seedPublic } from '../../support/seed.ts'
import { read } from '../../support/talk.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'

// Everything at once, on two nodes of one database.

let database: TestDatabase
let here: World
let there: World
let heard: Announced[]
beforeAll(async () => {
  database = await createDatabase()
  here = await createWorld({ databaseUrl: database.url })
  there = await createWorld({ databaseUrl: database.url })
  heard = listenTo(here)
})
afterAll(async () => {
  await here.stop()
  await there.stop()
  await database.drop()
})

/** The same person, asking the other node. */
const elsewhere = (person: Person): Person => ({ ...person, client: createClient(there.url, { token: person.token }) })
const onBoth = (person: Person): [Person, Person] => [person, elsewhere(person)]
const someone = (displayName?: string) => seedPerson(here, { displayName })
const times = <Result>(count: number, work: (n: number) => Promise<Result>) => Promise.all(Array.from({ length: count }, (_, n) => work(n)))

const shuffled = <Value>(values: readonly Value[]): Value[] =>
  values
    .map((value) => ({ value, at: Math.random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ value }) => value)

/** How many ended in which way. */
const tally = (outcomes: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(outcomes, (code) => code)].map(([code, all]) => [code, all.length]))

/** So many statements wait for a lock that somebody else holds. */
const waiting = (count: number) =>
  until(async () => {
    const { rows } = await here.app.database.pool.query<{ n: number }>(
      "SELECT count(*)::integer AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    return rows[0]!.n >= count
  })

/** What has to be true of a channel, whatever happened: who is counted is there, numbers have no holes, marks are in place. */
async function expectWhole({ key }: SeededChannel): Promise<void> {
  const { rows } = await here.app.database.pool.query(
    `SELECT c.member_count = (SELECT count(*) FROM memberships m WHERE m.channel_id = c.id AND m.left_at IS NULL) AS counted,
       c.last_seq = (SELECT count(*) FROM messages m WHERE m.channel_id = c.id) AND c.last_seq = (SELECT coalesce(max(seq), 0) FROM messages m WHERE m.channel_id = c.id) AS dense,
       NOT EXISTS (SELECT FROM memberships m LEFT JOIN receipts r USING (channel_id, user_id) WHERE m.channel_id = c.id AND r.user_id IS NULL) AS marked,
       NOT EXISTS (SELECT FROM receipts r WHERE r.channel_id = c.id AND r.delivered_seq > c.last_seq) AS behind,
       NOT EXISTS (SELECT FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.channel_id = c.id AND m.left_at IS NULL AND u.deleted_at IS NOT NULL) AS alive,
       c.kind = 'DIRECT' OR c.member_count = 0 OR EXISTS (SELECT FROM memberships m WHERE m.channel_id = c.id AND m.left_at IS NULL AND m.role = 'OWNER') AS led
     FROM channels c WHERE c.id = $1`,
    [key],
  )
  expect(rows).toEqual([{ counted: true, dense: true, marked: true, behind: true, alive: true, led: true }])
}

describe('a direct channel', () => {
  it('opened twenty times at once, from both sides and on both nodes, is one, and made once', async () => {
    for (let round = 0; round < 3; round++) {
      const [ada, bob] = [await someone(), await someone()]
      const sides = [...onBoth(ada).map((person) => [person, bob] as const), ...onBoth(bob).map((person) => [person, ada] as const)]
      heard.length = 0
      const opened = await times(20, (n) => {
        const [person, other] = sides[n % 4]!
        return act(person, 'openDirectChannel', { userId: other.id }, 'created channel { id memberCount membership { role } }')
      })
      const channels = opened.map(({ channel }) => channel as { id: string })
      expect(new Set(channels.map(({ id }) => id)).size).toBe(1)
      expect(opened.filter(({ created }) => created)).toHaveLength(1)
      for (const channel of channels) expect(channel).toMatchObject({ memberCount: 2, membership: { role: 'MEMBER' } })
      expect(heard.filter(({ topic }) => topic === `person.${keyOf(ada.id)}`).length).toBeLessThanOrEqual(1)
      await expectWhole({ ...channels[0]!, key: keyOf(channels[0]!.id) })
    }
  })

  it('with oneself, too', async () => {
    const ada = await someone()
    const opened = await times(12, (n) => act(onBoth(ada)[n % 2]!, 'openDirectChannel', { userId: ada.id }, 'created channel { id }'))
    expect(new Set(opened.map(({ channel }) => (channel as { id: string }).id)).size).toBe(1)
    expect(opened.filter(({ created }) => created)).toHaveLength(1)
  })
})

describe('who comes and goes', () => {
  it('at once, by themselves and by others, is counted right, and said once for each', async () => {
    const ada = await someone()
    const people = await times(6, () => someone())
    const open = await seedPublic(here, { owners: [ada] })
    const channelId = open.id
    const moves = people.flatMap((person) =>
      onBoth(person).flatMap((self) => [
        () => ends(self, 'joinChannel', { channelId }),
        () => ends(self, 'leaveChannel', { channelId }),
        () => ends(elsewhere(ada), 'addMembers', { channelId, userIds: people.map(({ id }) => id) }),
        () => ends(ada, 'removeMember', { channelId, userId: person.id }),
      ]),
    )
    const outcomes = await Promise.all(shuffled(moves).map((move) => move()))
    expect(Object.keys(tally(outcomes)).filter((code) => !['done', 'FORBIDDEN', 'NOT_FOUND'].includes(code))).toEqual([])
    await expectWhole(open)

    const said = (await conversation(ada, channelId))!.length
    const { rows } = await here.app.database.pool.query<{ n: number }>(
      'SELECT sum(version)::integer AS n FROM memberships WHERE channel_id = $1 AND user_id <> $2',
      [open.key, keyOf(ada.id)],
    )
    // Each coming and each going is a version of a membership, and a sentence; but one sentence for all who were added together.
    expect(said).toBeLessThanOrEqual(rows[0]!.n)
    expect(said).toBeGreaterThan(0)
  })

  it('joining many times at once joins once', async () => {
    const ada = await someone()
    const bob = await someone('Bob')
    const open = await seedPublic(here, { owners: [ada] })
    await times(20, (n) => act(onBoth(bob)[n % 2]!, 'joinChannel', { channelId: open.id }))
    expect(await conversation(ada, open.id)).toEqual(['* Bob joined.'])
    await expectWhole(open)
  })

  it('many joining at once are all there', async () => {
    const ada = await someone()
    const people = await times(20, () => someone())
    const open = await seedPublic(here, { owners: [ada] })
    await times(20, (n) => act(onBoth(people[n]!)[n % 2]!, 'joinChannel', { channelId: open.id }))
    expect(await see(ada, open.id, 'memberCount lastSeq')).toEqual({ memberCount: 21, lastSeq: 20 })
    await expectWhole(open)
  })
})

describe('owners', () => {
  it('of whom all leave at once leave one behind', async () => {
    for (let round = 0; round < 5; round++) {
      const owners = await times(2, () => someone())
      const member = await someone()
      const channel = await seedGroup(here, { owners, members: [member] })
      const outcomes = await times(2, (n) => ends(onBoth(owners[n]!)[n]!, 'leaveChannel', { channelId: channel.id }))
      expect(outcomes.toSorted()).toEqual(['CONFLICT', 'done'])
      await expectWhole(channel)
    }
  })

  it('who take the role from each other leave one', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const channel = await seedGroup(here, { owners: [ada, bob] })
    const demote = (person: Person, other: Person) =>
      ends(person, 'setMemberRole', { channelId: channel.id, userId: other.id, role: 'MEMBER' })
    expect((await Promise.all([demote(ada, bob), demote(elsewhere(bob), ada)])).toSorted()).toEqual(['FORBIDDEN', 'done'])
    await expectWhole(channel)
  })

  it('the last two of a channel archive it by leaving one after the other, whoever is first', async () => {
    const people = await times(2, () => someone())
    const channel = await seedGroup(here, { owners: people })
    await times(2, (n) => ends(onBoth(people[n]!)[n]!, 'leaveChannel', { channelId: channel.id }))
    const row = await here.app.database.prisma.channel.findUniqueOrThrow({ where: { id: channel.key } })
    expect(row).toMatchObject({ memberCount: 0, archivedAt: expect.any(Date) })
    await expectWhole(channel)
  })
})

describe('who is removed', () => {
  it('has nothing accepted after that, on whatever node they send', async () => {
    for (let round = 0; round < 3; round++) {
      const [ada, bob] = [await someone('Ada'), await someone('Bob')]
      const channel = await seedGroup(here, { owners: [ada], members: [bob] })
      const channelId = channel.id
      const removed = Promise.withResolvers<void>()
      let over = false
      const sending = onBoth(bob).flatMap((self) =>
        Array.from({ length: 4 }, async () => {
          const accepted: { seq: number; late: boolean }[] = []
          for (;;) {
            const late = over
            const outcome = await mutate(self.client, 'sendMessage', { channelId, text: 'Still here' }, 'message { seq }')
            if (outcome.code) return { accepted, refusal: outcome.code }
            accepted.push({ seq: (outcome.message as { seq: number }).seq, late })
            if (accepted.length === 3) removed.resolve()
          }
        }),
      )
      await removed.promise
      await act(elsewhere(ada), 'removeMember', { channelId, userId: bob.id })
      over = true
      const sent = await Promise.all(sending)
      expect(tally(sent.map(({ refusal }) => refusal))).toEqual({ NOT_FOUND: 8 })
      const accepted = sent.flatMap(({ accepted }) => accepted)
      expect(accepted.filter(({ late }) => late)).toEqual([])

      const { edges } = await read(ada, channelId, { last: 1 })
      expect(edges[0]!.node.text).toBe('Ada removed Bob.')
      expect(Math.max(...accepted.map(({ seq }) => seq))).toBe(edges[0]!.node.seq - 1)
      expect(accepted).toHaveLength(edges[0]!.node.seq - 1)
      await expectWhole(channel)
    }
  })
})

describe('whoever deletes their account', () => {
  it('while they are added, invited to talk, and join, is nowhere afterwards', async () => {
    for (let round = 0; round < 4; round++) {
      const [ada, bob] = [await someone(), await someone()]
      const channels = await times(4, () => seedPublic(here, { owners: [ada] }))
      const [group, gone] = [await seedGroup(here, { owners: [bob, ada] }), await seedGroup(here, { owners: [bob] })]
      const moves = [
        ...channels.map(
          ({ id }) =>
            () =>
              mutate(ada.client, 'addMembers', { channelId: id, userIds: [bob.id] }),
        ),
        ...channels.map(
          ({ id }) =>
            () =>
              bob.client.send(`mutation { joinChannel(input: { channelId: "${id}" }) { __typename } }`),
        ),
        () => mutate(elsewhere(ada).client, 'openDirectChannel', { userId: bob.id }),
        () => mutate(elsewhere(ada).client, 'createChannel', { kind: 'GROUP', name: 'New', memberIds: [bob.id] }),
        () => mutate(elsewhere(ada).client, 'setMemberRole', { channelId: group.id, userId: bob.id, role: 'MEMBER' }),
        () => mutate(bob.client, 'deleteAccount', { password: bob.password }),
      ]
      await Promise.all(shuffled(moves).map((move) => move()))
      expect(await here.app.database.prisma.membership.findMany({ where: { userId: keyOf(bob.id), leftAt: null } })).toEqual([])
      for (const channel of [...channels, group, gone]) await expectWhole(channel)
    }
  })

  it('waits for who has begun to add them, and leaves there, too', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const channel = await seedGroup(here, { owners: [ada] })
    const letGo = await holdChannel(database.url, channel)
    const adding = ends(ada, 'addMembers', { channelId: channel.id, userIds: [bob.id] })
    await waiting(1)
    const deleting = ends(elsewhere(bob), 'deleteAccount', { password: bob.password })
    await Promise.race([waiting(2), deleting])
    await letGo()
    expect([await adding, await deleting]).toEqual(['done', 'done'])
    expect(await present(ada, channel.id)).toEqual([`${ada.handle}: OWNER`])
  })

  it('and has begun to is nobody to add any more', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const left = await seedGroup(here, { owners: [ada], members: [bob] })
    const channel = await seedGroup(here, { owners: [ada] })
    const letGo = await holdChannel(database.url, left)
    const deleting = ends(bob, 'deleteAccount', { password: bob.password })
    await waiting(1)
    const adding = ends(elsewhere(ada), 'addMembers', { channelId: channel.id, userIds: [bob.id] })
    await Promise.race([waiting(2), adding])
    await letGo()
    expect([await adding, await deleting]).toEqual(['NOT_FOUND', 'done'])
    for (const { id } of [left, channel]) expect(await present(ada, id)).toEqual([`${ada.handle}: OWNER`])
  })

  it('at once with those they share channels with leaves channels led, or archived', async () => {
    const people = await times(4, () => someone())
    const [last] = people
    const channels = await times(6, (n) =>
      seedGroup(here, {
        owners: [people[n % 4]!],
        moderators: [people[(n + 1) % 4]!],
        members: [people[(n + 2) % 4]!, people[(n + 3) % 4]!],
      }),
    )
    await Promise.all(people.slice(1).map((person, n) => act(onBoth(person)[n % 2]!, 'deleteAccount', { password: person.password })))
    for (const channel of channels) {
      await expectWhole(channel)
      expect(await present(last!, channel.id)).toEqual([`${last!.handle}: OWNER`])
    }
  })
})

describe('a channel', () => {
  it('archived and renamed at once is one or the other first, and nothing is lost', async () => {
    const ada = await someone('Ada')
    const channel = await seedGroup(here, { name: 'Tea', owners: [ada] })
    const channelId = channel.id
    const [archived, ...renamed] = await Promise.all([
      ends(elsewhere(ada), 'archiveChannel', { channelId, archived: true }),
      ...Array.from({ length: 6 }, (_, n) => ends(onBoth(ada)[n % 2]!, 'updateChannel', { channelId, name: `Tea ${n}` })),
    ])
    expect(archived).toBe('done')
    const done = renamed.filter((code) => code === 'done').length
    expect(renamed.filter((code) => code === 'CONFLICT')).toHaveLength(6 - done)
    const version = 1 + 1 + done
    expect(await see(ada, channelId, 'version lastSeq')).toEqual({ version, lastSeq: done })
  })

  it('deleted while people join it is gone', async () => {
    const ada = await someone()
    const people = await times(8, () => someone())
    const open = await seedPublic(here, { owners: [ada] })
    const outcomes = await Promise.all([
      ...people.map((person, n) => ends(onBoth(person)[n % 2]!, 'joinChannel', { channelId: open.id })),
      ends(ada, 'deleteChannel', { channelId: open.id }),
    ])
    expect(outcomes.at(-1)).toBe('done')
    for (const person of people) expect(await see(person, open.id, 'name')).toBeNull()
    await expectWhole(open)
  })
})

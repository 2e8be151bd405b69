import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { createBusMemory } from '../../src/adapters/bus-memory.ts'
import type { Feed, Happening, Seat, Stand } from '../../src/ports/feed.ts'
import { decodeCursor, encodeCursor } from '../../src/realtime/cursor.ts'
import { createHub } from '../../src/realtime/hub.ts'
import { openInbox } from '../../src/realtime/inbox.ts'
import { createMissed } from '../../src/realtime/missed.ts'
import type { Answer } from '../../src/realtime/sink.ts'
import { createSweep } from '../../src/realtime/sweep.ts'
import { keptLog } from '../support/log.ts'

// Whoever is cut off after any event and goes on from its cursor misses nothing: what they were not told yet lies behind it.

const viewer = { userId: 'bob', sessionId: 'session', role: 'USER' } as const
const nothing = { own: false, reads: false, history: false, viewer: false }
const position = (at: number) => ({ epoch: '00000000-0000-4000-8000-000000000000', snapshot: `${at}:${at}:` })
const placeOf = (cursor: string) => Number(decodeCursor(cursor)!.snapshot.split(':')[0])

const message = (channelId: string, seq: number): Happening => ({
  topic: `channel.${channelId}`,
  type: 'MessageAdded',
  ifKnown: 'MessageChanged',
  entity: `Message:${channelId}:${seq}`,
  version: 1,
  seq,
  subjects: ['ann'],
  rows: {},
})
const membership = (topic: string, channelId: string, type: 'MembershipChanged' | 'MemberLeft', version: number): Happening => ({
  topic,
  type,
  entity: `Membership:${channelId}:bob`,
  version,
  subjects: ['bob'],
  rows: { membership: { channelId, userId: 'bob' } },
})
const renamed: Happening = { topic: 'channel.here', type: 'UserChanged', entity: 'User:ann', version: 2, subjects: ['ann'], rows: {} }

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** Bob's inbox on a node of its own, over a database of which the test says what is in it, and when. */
async function server({ channels = ['here'] } = {}) {
  const log = keptLog()
  const bus = createBusMemory({ log })
  const committed: { at: number; happening: Happening }[] = []
  const stands = new Map(channels.map((id): [string, Stand] => [id, { version: 1, isThere: true, from: 1 }]))
  const before = { load: async () => {}, person: async () => {}, topic: async (_name: string) => {}, drained: async () => {} }
  /** Of all channels. */
  const fences = { at: 0 }
  let now = 1
  const feed: Feed = {
    now: async () => position(now),
    async changes(since, { channels, people }) {
      const topics = new Set([...channels.map((id) => `channel.${id}`), ...people.map((id) => `person.${id}`)])
      const found = committed.filter(({ at, happening }) => at >= Number(since.split(':')[1]) && topics.has(happening.topic))
      return { heads: found.map(({ happening }) => happening), until: position(now) }
    },
    async load(heads) {
      await before.load()
      const found = heads.map(
        (head) => committed.find(({ happening: { entity, topic } }) => entity === head.entity && topic === head.topic)!,
      )
      return found.map(({ happening }) => (happening.seq === undefined ? happening : { ...happening, fence: fences.at }))
    },
    numbered: async () => [],
    async topic(name, people) {
      if (people.length > 0) await before.topic(name)
      const stand = stands.get(name.slice('channel.'.length))
      return { last: 0, fence: fences.at, isGone: false, people: new Map(stand ? [['bob', stand]] : []) }
    },
    async person() {
      const seats = [...stands].flatMap(([channelId, { isThere, ...stand }]): Seat[] =>
        isThere ? [{ channelId, ...stand, fence: 0 }] : [],
      )
      await before.person()
      return { showsReads: true, seats }
    },
  }
  const answer: Answer = (_selection, { type }, _audience, cursor = encodeCursor(sweep.safe())) => {
    const text = `${type} ${placeOf(cursor)}`
    return type === 'MessageChanged' ? setTimeout(20, text) : text
  }
  const hub = createHub({ bus, feed, read: () => [], answer, log })
  const sweep = await createSweep({ bus, feed, hub, log, everyMs: 3_600_000 })
  ends.push(async () => {
    await sweep.stop()
    await hub.close()
    await bus.close()
  })
  return {
    hub,
    stands,
    fences,
    before,
    /** Places move on with each. */
    commit: (...happenings: Happening[]) => void committed.push(...happenings.map((happening) => ({ at: now++, happening }))),
    sweep: () => sweep.run(),
    safe: () => placeOf(encodeCursor(sweep.safe())),
    async inbox(after: number | null) {
      const taken: string[] = []
      const ended: unknown[] = []
      const out = {
        selection: { key: 'all', dependsOn: () => nothing },
        answer,
        take: (text: string) => void taken.push(text),
        drained: () => before.drained(),
        inTurn: <Result>(work: () => Promise<Result>) => work(),
        end: (error?: unknown) => void ended.push(error),
      }
      const cursor = after === null ? null : encodeCursor(position(after))
      const stop = await openInbox({ hub, feed, missed: createMissed(feed), sweep }, viewer, { after: cursor, ephemeral: false }, out)
      ends.unshift(async () => stop())
      return {
        taken,
        ended,
        /** Until this was told. */
        async until(text: string) {
          await expect.poll(() => taken.some((one) => one.startsWith(text)), { interval: 5 }).toBe(true)
          return taken
        },
      }
    },
  }
}

const gate = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { wait: () => promise, open: resolve }
}

it('is told what is shut while the past is told with a cursor before the past', async () => {
  const { before, commit, hub, inbox, stands, sweep, safe } = await server({ channels: ['here', 'there'] })
  commit(message('here', 1))
  const loading = gate()
  before.load = loading.wait
  const { taken, until } = await inbox(1)
  await setTimeout(20)
  before.load = async () => {}
  stands.set('there', { version: 2, isThere: false, from: 1 })
  commit(message('here', 2))
  await sweep()
  expect(safe()).toBe(3)
  hub.happened(membership('channel.there', 'there', 'MemberLeft', 2))
  await until('AccessRevoked')
  loading.open()
  await until('StreamReady')
  expect(taken.slice(0, 2)).toEqual(['AccessRevoked 1', 'MessageAdded 1'])
})

it('is told of a channel that they came into while they began before a cursor behind that', async () => {
  const { before, commit, hub, inbox, stands, sweep } = await server()
  const [beginning, entering] = [gate(), gate()]
  commit(message('here', 1))
  before.person = beginning.wait
  before.topic = (name) => (name === 'channel.new' ? entering.wait() : Promise.resolve())
  const { taken, until } = await inbox(1)
  await setTimeout(20)
  stands.set('new', { version: 1, isThere: true, from: 1 })
  commit(membership('person.bob', 'new', 'MembershipChanged', 1), message('new', 1))
  hub.happened(membership('person.bob', 'new', 'MembershipChanged', 1))
  await setTimeout(20)
  beginning.open()
  await setTimeout(20)
  const first = [...taken]
  entering.open()
  await until('StreamReady')
  expect(taken).toEqual(['MessageAdded 1', 'MembershipChanged 1', 'MessageAdded 1', 'StreamReady 4'])
  expect(first).toEqual(['MessageAdded 1', 'MembershipChanged 1'])
  await sweep()
})

it('is told of a channel that they came into while they began all since they came, though their seat changes at once', async () => {
  const { before, commit, hub, inbox, stands, sweep } = await server()
  const beginning = gate()
  before.person = beginning.wait
  const { taken, until } = await inbox(null)
  stands.set('new', { version: 2, isThere: true, from: 1 })
  commit(membership('person.bob', 'new', 'MembershipChanged', 1), message('new', 1))
  hub.happened(membership('person.bob', 'new', 'MembershipChanged', 1))
  await sweep()
  hub.happened(membership('person.bob', 'new', 'MembershipChanged', 2))
  await setTimeout(20)
  beginning.open()
  await until('MembershipChanged')
  expect(taken).toContain('MessageAdded 1')
})

it('is told of the past what is held back, too, before a cursor behind it', async () => {
  const { before, commit, hub, inbox, sweep } = await server()
  commit(renamed)
  const reading = gate()
  before.load = reading.wait
  const { taken, until } = await inbox(1)
  await setTimeout(20)
  hub.happened(renamed)
  await setTimeout(20)
  reading.open()
  await until('StreamReady')
  expect(taken).toEqual(['UserChanged 1', 'StreamReady 2'])
  await setTimeout(20)
  expect(taken).toEqual(['UserChanged 1', 'StreamReady 2'])
  await sweep()
})

it('is told what changed meanwhile of what the past told before what has a cursor behind that', async () => {
  const { before, commit, hub, inbox, sweep } = await server()
  commit(message('here', 1))
  const reading = gate()
  before.load = reading.wait
  const { taken, until } = await inbox(1)
  await setTimeout(20)
  hub.happened({ ...message('here', 1), version: 2 })
  await sweep()
  hub.happened(renamed)
  await setTimeout(20)
  reading.open()
  await until('UserChanged')
  expect(taken).toEqual(['MessageAdded 1', 'StreamReady 2', 'MessageChanged 2', 'UserChanged 2'])
})

it('is told what changed of what is told of a channel that they came into before a cursor behind that', async () => {
  const { before, commit, hub, inbox, stands, sweep, safe } = await server()
  const { taken, until } = await inbox(null)
  await until('StreamReady')
  stands.set('new', { version: 1, isThere: true, from: 1 })
  commit(membership('person.bob', 'new', 'MembershipChanged', 1), message('new', 1))
  const reading = gate()
  before.load = reading.wait
  hub.happened(membership('person.bob', 'new', 'MembershipChanged', 1))
  await setTimeout(20)
  hub.happened({ ...message('new', 1), version: 2 })
  const swept = sweep()
  await setTimeout(20)
  reading.open()
  await swept
  expect(safe()).toBe(3)
  expect(taken).toEqual(['StreamReady 1', 'MembershipChanged 1', 'MessageAdded 1', 'MessageChanged 1'])
})

it('begins with a cursor before what happened since they asked', async () => {
  const { before, commit, hub, inbox, sweep, safe } = await server()
  const reading = gate()
  before.person = reading.wait
  const { until } = await inbox(null)
  const own: Happening = { ...renamed, topic: 'person.bob', type: 'NotificationAdded', entity: 'Notification:one' }
  commit(own)
  hub.happened(own)
  await sweep()
  expect(safe()).toBe(2)
  reading.open()
  expect(await until('NotificationAdded')).toEqual(['StreamReady 1', 'NotificationAdded 1'])
})

it('is told that a channel is shut which they had come into and which was shut before it was open here', async () => {
  const { hub, inbox, stands } = await server()
  const { taken, until } = await inbox(null)
  await until('StreamReady')
  stands.set('new', { version: 2, isThere: false, from: 1 })
  hub.happened(membership('person.bob', 'new', 'MembershipChanged', 1))
  await until('MembershipChanged')
  await setTimeout(20)
  hub.happened(membership('person.bob', 'new', 'MemberLeft', 2))
  await setTimeout(20)
  expect(taken).toEqual(['StreamReady 1', 'MembershipChanged 1', 'AccessRevoked 1'])
})

it('is told what is said where they left and came back, though the channel hears late that they left', async () => {
  const { hub, inbox, stands } = await server()
  const { taken, until } = await inbox(null)
  await until('StreamReady')
  stands.set('here', { version: 3, isThere: true, from: 1 })
  hub.happened(membership('person.bob', 'here', 'MemberLeft', 2))
  hub.happened(membership('person.bob', 'here', 'MembershipChanged', 3))
  await until('MembershipChanged')
  await setTimeout(20)
  hub.happened(membership('channel.here', 'here', 'MemberLeft', 2))
  hub.happened(membership('channel.here', 'here', 'MembershipChanged', 3))
  hub.happened(message('here', 1))
  await setTimeout(20)
  expect(taken).toEqual(['StreamReady 1', 'AccessRevoked 1', 'MembershipChanged 1', 'MessageAdded 1'])
})

it('is told of the past nothing that was changed after they left unheard', async () => {
  const { before, commit, fences, inbox, stands } = await server()
  commit(message('here', 1))
  const loading = gate()
  before.load = loading.wait
  const { taken, until } = await inbox(1)
  await setTimeout(20)
  stands.set('here', { version: 2, isThere: false, from: 1 })
  fences.at++
  loading.open()
  await until('StreamReady')
  expect(taken).toEqual(['AccessRevoked 1', 'StreamReady 2'])
})

import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Happening } from '../../src/ports/feed.ts'
import type { Sink } from '../../src/realtime/sink.ts'
import { createTopic } from '../../src/realtime/topic.ts'

const viewer = { userId: 'bob', sessionId: 'session', role: 'USER' } as Sink['viewer']
const nothing = { own: false, reads: false, history: false, viewer: false }

const renamed = (version: number): Happening => ({
  topic: 'person.bob',
  type: 'UserChanged',
  entity: 'User:ann',
  version,
  subjects: [],
  rows: {},
})

const read = (person: string, seq: number): Happening => ({
  topic: 'person.bob',
  type: 'ReceiptUpdated',
  entity: `Receipt:${person}`,
  version: seq,
  subjects: [],
  joins: 'receipts',
  rows: { receipts: [`${person} ${seq}`] },
})

const topicThat = (answer: (happening: Happening) => string | Promise<string>) =>
  createTopic({
    name: 'person.bob',
    feed: { numbered: async () => [], topic: async () => ({ last: 0, fence: 0, isGone: false, people: new Map() }) },
    answer: (_selection, happening) => answer(happening),
    failed: (error) => expect.unreachable(String(error)),
  })

const sinkThat = (take: (answer: string) => void, key = 'all'): Sink => ({
  viewer,
  showsReads: true,
  selection: { key, dependsOn: () => nothing },
  wants: () => true,
  take,
  evicted: () => {},
  lost: () => {},
})

it('is settled only when what just happened is told', async () => {
  const topic = topicThat(async ({ version }) => `version ${version}`)
  const taken: string[] = []
  await topic.open()
  topic.join(
    sinkThat((answer) => void taken.push(answer)),
    1,
    0,
  )
  for (const version of [1, 2, 3]) topic.happened(renamed(version))
  await topic.settled()
  expect(taken).toEqual(['version 1', 'version 2', 'version 3'])
})

it('is settled, too, where more happens than can be told: what comes later is not waited for', async () => {
  const topic = topicThat(async ({ version }) => {
    await setTimeout(10)
    return `version ${version}`
  })
  const taken: string[] = []
  await topic.open()
  topic.join(
    sinkThat((answer) => void taken.push(answer)),
    1,
    0,
  )
  let version = 0
  const happening = setInterval(() => topic.happened(renamed(++version)), 2)
  topic.happened(renamed(++version))
  expect(await Promise.race([topic.settled(), setTimeout(2_000, 'still waits')])).toBe(true)
  expect(taken).toContain('version 1')
  clearInterval(happening)
})

it('tells in the end what there is no answer to at first, however that is said', async () => {
  for (const fail of [
    () => Promise.reject(new Error('away')),
    () => {
      throw new Error('away')
    },
  ]) {
    let tries = 0
    const topic = topicThat(() => (++tries === 1 ? fail() : 'told'))
    const taken: string[] = []
    await topic.open()
    topic.join(
      sinkThat((answer) => void taken.push(answer)),
      1,
      0,
    )
    topic.happened(renamed(1))
    expect(await topic.settled()).toBe(true)
    expect(taken).toEqual(['told'])
  }
})

it('does not put out who came back, though it hears late that they left', async () => {
  const topic = createTopic({
    name: 'channel.here',
    feed: { numbered: async () => [], topic: async () => ({ last: 0, fence: 2, isGone: false, people: new Map() }) },
    answer: (_selection, { type, version }) => `${type} ${version}`,
    failed: (error) => expect.unreachable(String(error)),
  })
  const taken: string[] = []
  await topic.open()
  topic.join({ ...sinkThat((answer) => void taken.push(answer)), evicted: (_topic, version) => taken.push(`out ${version}`) }, 1, 2, 3)
  const left = (version: number): Happening => ({
    topic: 'channel.here',
    type: 'MemberLeft',
    entity: 'Membership:here:bob',
    version,
    subjects: ['bob'],
    rows: {},
  })
  topic.happened(left(2))
  topic.happened({ ...left(3), type: 'MembershipChanged' })
  topic.happened(left(4))
  await topic.settled()
  expect(taken).toEqual(['MemberLeft 2', 'MembershipChanged 3', 'out 4'])
})

it('tells in order, however long an answer takes', async () => {
  const topic = topicThat(async ({ version }) => {
    await setTimeout(20 / version)
    return `version ${version}`
  })
  const taken: string[] = []
  await topic.open()
  topic.join(
    sinkThat((answer) => void taken.push(answer)),
    1,
    0,
  )
  for (const version of [1, 2, 3, 4]) topic.happened(renamed(version))
  await topic.settled()
  expect(taken).toEqual([1, 2, 3, 4].map((version) => `version ${version}`))
})

it('makes one answer for all who ask the same, and lets others have their turn while it tells 20,000', async () => {
  let made = 0
  const topic = topicThat(() => `answer ${++made}`)
  let told = 0
  let most = 0
  await topic.open()
  const take = () => void told++
  for (let count = 0; count < 20_000; count++) topic.join(sinkThat(take), 1, 0)
  topic.happened(renamed(1))
  for (let before = 0; told < 20_000; before = told) {
    await new Promise(setImmediate)
    most = Math.max(most, told - before)
  }
  expect(made).toBe(1)
  // At some microseconds each that is far from the tenth of a second that nobody may be kept waiting.
  expect(most).toBeLessThanOrEqual(5_000)
})

it('tells 1,000 of four things that happened at once in one turn, so that each socket is written to once', async () => {
  const topic = topicThat(({ version }) => `version ${version}`)
  let told = 0
  await topic.open()
  const take = () => void told++
  for (let count = 0; count < 1_000; count++) topic.join(sinkThat(take), 1, 0)
  for (const version of [1, 2, 3, 4]) topic.happened(renamed(version))
  await new Promise(setImmediate)
  expect(told).toBe(4_000)
})

it('keeps no more than 10,000 while a hole can not be read; what it leaves is brought by whoever asks whether all was told', async () => {
  const message = (seq: number): Happening => ({
    topic: 'channel.here',
    type: 'MessageAdded',
    entity: `Message:here:${seq}`,
    version: 1,
    seq,
    subjects: [],
    rows: {},
  })
  const { promise: isBack, resolve: comeBack } = Promise.withResolvers<void>()
  const topic = createTopic({
    name: 'channel.here',
    feed: {
      async numbered(_name, first, last) {
        await isBack
        return Array.from({ length: last - first + 1 }, (_, place) => message(first + place))
      },
      topic: async () => ({ last: 0, fence: 0, isGone: false, people: new Map() }),
    },
    answer: (_selection, { seq }) => String(seq),
    failed: (error) => expect.unreachable(String(error)),
  })
  const taken: string[] = []
  await topic.open()
  topic.join(
    sinkThat((answer) => void taken.push(answer)),
    1,
    0,
  )
  for (let seq = 2; seq <= 12_000; seq++) topic.happened(message(seq))
  comeBack()
  expect(await topic.settled()).toBe(false)
  expect(taken.length).toBeGreaterThanOrEqual(10_000)
  expect(taken.length).toBeLessThan(10_010)
  topic.happened(message(12_000))
  expect(await topic.settled()).toBe(true)
  expect(taken).toEqual(Array.from({ length: 12_000 }, (_, place) => String(place + 1)))
})

it('is settled only when marks that were joined are told, too', async () => {
  const topic = topicThat(({ rows }) => JSON.stringify(rows.receipts))
  const taken: string[] = []
  await topic.open()
  topic.join(
    sinkThat((answer) => void taken.push(answer)),
    1,
    0,
  )
  for (const seq of [1, 2, 3]) topic.happened(read('ann', seq))
  await topic.settled()
  expect(taken).toEqual(['["ann 1"]', '["ann 3"]'])
})

it('joins marks: the first at once, then every tenth of a second all that moved, each as it is by then', async () => {
  const topic = topicThat(({ rows }) => JSON.stringify(rows.receipts))
  const taken: { at: number; marks: string[] }[] = []
  await topic.open()
  topic.join(
    sinkThat((answer) => void taken.push({ at: performance.now(), marks: JSON.parse(answer) as string[] })),
    1,
    0,
  )
  const started = performance.now()
  topic.happened(read('ann', 1))
  await topic.settled()
  expect(taken.map(({ marks }) => marks)).toEqual([['ann 1']])
  expect(taken[0]!.at - started).toBeLessThan(90)
  for (let seq = 2; performance.now() - started < 350; seq++) {
    for (const person of ['ann', 'bea', 'cem']) topic.happened(read(person, seq))
    await setTimeout(5)
  }
  await setTimeout(150)
  expect(taken.length).toBeGreaterThanOrEqual(3)
  expect(taken.length).toBeLessThanOrEqual(6)
  for (const [place, { at }] of taken.slice(1).entries()) expect(at - taken[place]!.at).toBeGreaterThanOrEqual(98)
  for (const { marks } of taken.slice(1)) expect(marks.map((mark) => mark.split(' ')[0])).toEqual(['ann', 'bea', 'cem'])
})

describe('whoever joins while something is told', () => {
  const said: Happening = {
    topic: 'channel.here',
    type: 'MessageAdded',
    entity: 'Message:here:1',
    version: 1,
    seq: 1,
    fence: 1,
    subjects: [],
    rows: {},
  }
  const isThere = { version: 1, isThere: true, from: 1 }

  /** A channel that Ann listens to, and that Bob has left unheard before something was said. He joins as he stood before. */
  async function heardByBob(joins: 'while it is read who may listen' | 'while the answer is made'): Promise<string[]> {
    const heard: string[] = []
    const late = { ...sinkThat((answer) => void heard.push(answer)), viewer: { ...viewer, userId: 'bob' } }
    const topic = createTopic({
      name: 'channel.here',
      feed: {
        numbered: async () => [],
        async topic(_name, people) {
          if (people.length > 0 && joins === 'while it is read who may listen') topic.join(late, 1, 0)
          return {
            last: 0,
            fence: 1,
            isGone: false,
            people: new Map([
              ['ann', isThere],
              ['bob', { ...isThere, isThere: false }],
            ]),
          }
        },
      },
      async answer() {
        if (joins === 'while the answer is made') topic.join(late, 1, 0)
        return 'secret'
      },
      failed: (error) => expect.unreachable(String(error)),
    })
    await topic.open()
    topic.join({ ...sinkThat(() => {}), viewer: { ...viewer, userId: 'ann' } }, 1, 0)
    topic.happened(said)
    await topic.settled()
    return heard
  }

  it.each(['while it is read who may listen', 'while the answer is made'] as const)('is not told it: %s', async (joins) => {
    expect(await heardByBob(joins)).toEqual([])
  })
})

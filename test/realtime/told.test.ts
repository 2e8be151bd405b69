import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createBusMemory } from '../../src/adapters/bus-memory.ts'
import type { Feed, Happening, Head } from '../../src/ports/feed.ts'
import { encodeCursor } from '../../src/realtime/cursor.ts'
import { createHub } from '../../src/realtime/hub.ts'
import { openInbox } from '../../src/realtime/inbox.ts'
import { createMissed } from '../../src/realtime/missed.ts'
import { createStreams } from '../../src/realtime/streams.ts'
import { createSweep } from '../../src/realtime/sweep.ts'
import { keptLog } from '../support/log.ts'

// A cursor says that all before it was told. So it may not move on while something is still being put into words: whose connection
// breaks then would never hear of it.

const epoch = '019a9f5e-7c3d-7b1a-9c55-3f1e2d4c5b6a'
const nothing = { own: false, reads: false, history: false, viewer: false }

const standing = (isThere: boolean) => new Map(['ann', 'bob'].map((userId) => [userId, { version: 1, isThere, from: 1 }]))

const said = (seq: number, fence = 0): Happening => ({
  topic: 'channel.here',
  type: 'MessageAdded',
  ifKnown: 'MessageChanged',
  entity: `Message:here:${seq}`,
  version: 1,
  seq,
  fence,
  subjects: [],
  rows: {},
})

/** A node with one channel, where answers take their time. */
async function createNode({
  tooMuch = (): boolean => false,
  missed = (): Head[] => [],
  people = () => standing(true),
  fence = (): number => 0,
  drained = async () => {},
  asked = (_type: string): void => {},
} = {}) {
  const log = keptLog()
  const bus = createBusMemory({ log })
  let sweeps = 0
  const here = () => ({ epoch, snapshot: `${sweeps + 1}:${sweeps + 1}:` })
  const feed: Feed = {
    now: async () => here(),
    changes: async () => ({ heads: tooMuch() ? null : missed(), until: here() }),
    load: async (heads) => heads.map((head) => ({ ...head, subjects: [], rows: {} })),
    numbered: async () => [],
    topic: async () => ({ last: 0, fence: fence(), isGone: false, people: people() }),
    person: async () => ({ showsReads: true, seats: [{ channelId: 'here', from: 1, version: 1, fence: 0 }] }),
  }
  const answer = async (_selection: unknown, { type }: Happening) => {
    asked(type)
    await setTimeout(20)
    return type
  }
  const hub = createHub({ bus, feed, read: () => [], answer, log })
  const sweep = await createSweep({ bus, feed, hub, log, everyMs: 3_600_000 })
  const streams = createStreams({ hub, feed, sweep })
  const stops: (() => unknown)[] = [() => sweep.stop(), () => hub.close(), () => bus.close()]
  const selection = { key: 'all', dependsOn: () => nothing }
  return {
    hub,
    /** Somebody's inbox, and what it was told; `ready` once that was all they had missed. */
    async open(userId: string, after: string | null = null) {
      const taken: string[] = []
      const { promise: ready, resolve } = Promise.withResolvers<void>()
      const out = {
        selection,
        answer,
        take(text: string) {
          taken.push(text)
          if (text === 'StreamReady') resolve()
        },
        drained,
        inTurn: <Result>(work: () => Promise<Result>) => work(),
        end: (error?: unknown) => expect.unreachable(String(error)),
      }
      const viewer = { userId, sessionId: 'session', role: 'USER' } as const
      stops.unshift(await openInbox({ hub, feed, missed: createMissed(feed), sweep }, viewer, { after, ephemeral: false }, out))
      return { taken, ready }
    },
    /** What somebody hears of the channel's messages from now on, and how that ended. */
    async listen(userId: string) {
      const heard: string[] = []
      const listener = { viewer: { userId, sessionId: 'session', role: 'USER' } as const, showsReads: true }
      const stream = streams.entries(listener, 'here', { after: null, from: 1 })
      const stop = await stream.start({
        selection,
        answer,
        take: (text) => void heard.push(text),
        drained,
        inTurn: (work) => work(),
        end: (error) => void heard.push(String(error)),
      })
      stops.unshift(stop)
      return heard
    },
    /** Where whoever was told everything until now goes on. */
    cursor: () => encodeCursor(here()),
    /** Sweeps once; answers at which sweep the cursor stands. */
    async sweep() {
      sweeps++
      await sweep.run()
      return parseInt(sweep.safe().snapshot) - 1
    },
    async stop() {
      for (const stop of stops) await stop()
    },
  }
}

/** Bob's inbox there. */
async function inboxOfBob(options: Parameters<typeof createNode>[0] = {}) {
  const node = await createNode(options)
  const { taken, ready } = await node.open('bob')
  await ready
  taken.length = 0
  return { ...node, taken }
}

it('moves on when whoever was shut out of a channel was told so', async () => {
  const inbox = await inboxOfBob()
  const left: Happening = {
    topic: 'channel.here',
    type: 'MemberLeft',
    entity: 'Membership:here:bob',
    version: 2,
    subjects: ['bob'],
    rows: {},
  }
  inbox.hub.happened(left)
  expect(await inbox.sweep()).toBe(1)
  expect(inbox.taken).toEqual(['AccessRevoked'])
  await inbox.stop()
})

it.each([
  ['left it', standing(false)],
  ['is nowhere any more', new Map()],
])('tells nothing more of a channel to whoever %s among more than could be told', async (_how, after) => {
  let people = standing(true)
  const inbox = await inboxOfBob({ tooMuch: () => true, people: () => people })
  people = after
  await inbox.sweep()
  const moved = { topic: 'channel.here', type: 'ReceiptUpdated', entity: 'Receipt:here:ann', version: 1, subjects: [], rows: {} }
  inbox.hub.happened(moved)
  await inbox.hub.settled()
  expect(inbox.taken.toSorted()).toEqual(['AccessRevoked', 'ResyncRequired'])
  await inbox.stop()
})

it('moves on when whoever has to read anew was told so', async () => {
  const inbox = await inboxOfBob({ tooMuch: () => true })
  expect(await inbox.sweep()).toBe(1)
  expect(inbox.taken).toEqual(['ResyncRequired'])
  await inbox.stop()
})

it('does not wait for whoever reads slowly: not while a channel that they came into is told, either', async () => {
  const renamed: Head = { topic: 'channel.there', type: 'ChannelChanged', entity: 'Channel:there', version: 2 }
  let isSlow = false
  const inbox = await inboxOfBob({
    missed: () => (isSlow ? [renamed] : []),
    drained: () => (isSlow ? new Promise(() => {}) : Promise.resolve()),
  })
  isSlow = true
  inbox.hub.happened({
    topic: 'person.bob',
    type: 'MembershipChanged',
    entity: 'Membership:there:bob',
    version: 1,
    subjects: ['bob'],
    rows: { membership: { channelId: 'there' } },
  })
  expect(await Promise.race([inbox.sweep(), setTimeout(2_000, 'still waits')])).toBe(1)
  expect(inbox.taken).toEqual(['MembershipChanged', 'ChannelChanged'])
  await inbox.stop()
})

it('tells nothing new to whoever is still told what they missed, while others hear of it at once', async () => {
  const renamed: Head = { topic: 'channel.here', type: 'ChannelChanged', entity: 'Channel:here', version: 2 }
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const node = await createNode({ missed: () => [renamed], asked: (type) => type === 'ChannelChanged' && begin() })
  const ann = await node.open('ann')
  await ann.ready
  const bob = await node.open('bob', node.cursor())
  await begun
  for (const seq of [1, 2]) node.hub.happened(said(seq))
  await node.hub.settled()
  expect(ann.taken).toEqual(['StreamReady', 'MessageAdded', 'MessageAdded'])
  await expect.poll(() => bob.taken).toEqual(['ChannelChanged', 'StreamReady', 'MessageAdded', 'MessageAdded'])
  node.hub.happened(said(3))
  await node.hub.settled()
  for (const { taken } of [ann, bob]) expect(taken.filter((type) => type === 'MessageAdded')).toHaveLength(3)
  await node.stop()
})

it('goes on for whoever left and came back unheard, where nothing was said in between, and ends where something was', async () => {
  let [from, fence] = [1, 0]
  const people = () => new Map(['ann', 'bob'].map((userId) => [userId, { version: 1, isThere: true, from: userId === 'bob' ? from : 1 }]))
  const node = await createNode({ people, fence: () => fence })
  const [ann, bob] = [await node.listen('ann'), await node.listen('bob')]
  const say = async (seq: number) => {
    node.hub.happened(said(seq, fence))
    await node.hub.settled()
  }
  for (const seq of [1, 2, 3]) await say(seq)
  ;[from, fence] = [4, 1]
  await say(4)
  expect(bob).toHaveLength(4)
  ;[from, fence] = [6, 2]
  await say(5)
  expect(ann).toHaveLength(5)
  expect(bob.slice(4)).toEqual([expect.stringContaining('You are not in this channel any more')])
  await node.stop()
})

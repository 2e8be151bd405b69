import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createBusMemory } from '../../src/adapters/bus-memory.ts'
import type { Feed, Happening, Head } from '../../src/ports/feed.ts'
import { createHub } from '../../src/realtime/hub.ts'
import { openInbox } from '../../src/realtime/inbox.ts'
import { createMissed } from '../../src/realtime/missed.ts'
import { createSweep } from '../../src/realtime/sweep.ts'
import { keptLog } from '../support/log.ts'

// A cursor says that all before it was told. So it may not move on while something is still being put into words: whose connection
// breaks then would never hear of it.

const viewer = { userId: 'bob', sessionId: 'session', role: 'USER' } as const
const nothing = { own: false, reads: false, history: false, viewer: false }

/** Bob's inbox with one channel, over answers that take their time. */
async function inboxOfBob({
  tooMuch = (): boolean => false,
  missed = (): Head[] => [],
  isThere = (): boolean => true,
  drained = async () => {},
} = {}) {
  const log = keptLog()
  const bus = createBusMemory({ log })
  let now = 0
  const here = () => ({ epoch: 'one', snapshot: String(now) })
  const feed: Feed = {
    now: async () => here(),
    changes: async () => ({ heads: tooMuch() ? null : missed(), until: here() }),
    load: async (heads) => heads.map((head) => ({ ...head, subjects: [], rows: {} })),
    numbered: async () => [],
    topic: async () => ({ last: 0, fence: 0, isGone: false, people: new Map([['bob', { version: 1, isThere: isThere(), from: 1 }]]) }),
    person: async () => ({ showsReads: true, seats: [{ channelId: 'here', from: 1, version: 1, fence: 0 }] }),
  }
  const answer = async (_selection: unknown, { type }: Happening) => {
    await setTimeout(20)
    return type
  }
  const hub = createHub({ bus, feed, read: () => [], answer, log })
  const sweep = await createSweep({ bus, feed, hub, log, everyMs: 3_600_000 })
  const taken: string[] = []
  const { promise: isReady, resolve: ready } = Promise.withResolvers<void>()
  const out = {
    selection: { key: 'all', dependsOn: () => nothing },
    answer,
    take(text: string) {
      taken.push(text)
      if (text === 'StreamReady') ready()
    },
    drained,
    inTurn: <Result>(work: () => Promise<Result>) => work(),
    end: (error?: unknown) => expect.unreachable(String(error)),
  }
  const stop = await openInbox({ hub, feed, missed: createMissed(feed), sweep }, viewer, { after: null, ephemeral: false }, out)
  await isReady
  taken.length = 0
  return {
    hub,
    taken,
    /** Sweeps once; answers where the cursor stands. */
    async sweep() {
      now++
      await sweep.run()
      return sweep.safe().snapshot
    },
    async stop() {
      stop()
      await sweep.stop()
      await hub.close()
      await bus.close()
    },
  }
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
  expect(await inbox.sweep()).toBe('1')
  expect(inbox.taken).toEqual(['AccessRevoked'])
  await inbox.stop()
})

it('tells nothing more of a channel to whoever left it among more than could be told', async () => {
  let isThere = true
  const inbox = await inboxOfBob({ tooMuch: () => true, isThere: () => isThere })
  isThere = false
  await inbox.sweep()
  const moved = { topic: 'channel.here', type: 'ReceiptUpdated', entity: 'Receipt:here:ann', version: 1, subjects: [], rows: {} }
  inbox.hub.happened(moved)
  await inbox.hub.settled()
  expect(inbox.taken.toSorted()).toEqual(['AccessRevoked', 'ResyncRequired'])
  await inbox.stop()
})

it('moves on when whoever has to read anew was told so', async () => {
  const inbox = await inboxOfBob({ tooMuch: () => true })
  expect(await inbox.sweep()).toBe('1')
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
  expect(await Promise.race([inbox.sweep(), setTimeout(2_000, 'still waits')])).toBe('1')
  expect(inbox.taken).toEqual(['MembershipChanged', 'ChannelChanged'])
  await inbox.stop()
})

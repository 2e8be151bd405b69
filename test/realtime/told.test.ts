import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createBusMemory } from '../../src/adapters/bus-memory.ts'
import type { Feed, Happening } from '../../src/ports/feed.ts'
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
async function inboxOfBob({ tooMuch = (): boolean => false } = {}) {
  const log = keptLog()
  const bus = createBusMemory({ log })
  let now = 0
  const here = () => ({ epoch: 'one', snapshot: String(now) })
  const feed: Feed = {
    now: async () => here(),
    changes: async () => ({ heads: tooMuch() ? null : [], until: here() }),
    load: async () => [],
    numbered: async () => [],
    topic: async () => ({ last: 0, fence: 0, isGone: false, people: new Map([['bob', { version: 1, isThere: true, from: 1 }]]) }),
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
    drained: async () => {},
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

it('moves on when whoever has to read anew was told so', async () => {
  const inbox = await inboxOfBob({ tooMuch: () => true })
  expect(await inbox.sweep()).toBe('1')
  expect(inbox.taken).toEqual(['ResyncRequired'])
  await inbox.stop()
})

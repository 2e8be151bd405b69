import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { InboxEvent } from '../../src/sdk/index.ts'
import { createKeeper } from '../../src/sdk/keeper.ts'
import type { Operations } from '../../src/sdk/operations.ts'
import { createRetry } from '../../src/sdk/retry.ts'
import { createStore } from '../../src/sdk/store.ts'
import { person, snapshot } from '../support/sdk-answers.ts'

// What the SDK's keeper does as time goes by, with the clock in the hand.

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('lets typing end six seconds after it was last told, where its end was lost', () => {
  const store = createStore()
  const keeper = createKeeper({ operations: {} as Operations, store, retry: createRetry(), acknowledge: false })
  store.dispatch({ type: 'snapshot', snapshot: snapshot('room'), now: new Date().toISOString() })
  const typing = () => store.getSnapshot().channels.room!.typing
  const types = (who: string) => {
    const event: InboxEvent = { __typename: 'TypingChanged', cursor: 'later', channelId: 'room', user: person(who), typing: true }
    store.dispatch({ type: 'event', event })
    keeper.heard(event)
  }
  types('ada')
  types('bob')
  vi.advanceTimersByTime(5_900)
  types('ada')
  expect(typing()).toEqual(['ada', 'bob'])
  vi.advanceTimersByTime(200)
  expect(typing()).toEqual(['ada'])
  vi.advanceTimersByTime(5_700)
  expect(typing()).toEqual(['ada'])
  vi.advanceTimersByTime(200)
  expect(typing()).toEqual([])
  keeper.stop()
})

it('ends a mute in time, though no timer waits for longer than 24 days', () => {
  const store = createStore()
  const keeper = createKeeper({ operations: {} as Operations, store, retry: createRetry(), acknowledge: false })
  const month = 30 * 24 * 3_600_000
  const muted = snapshot('room')
  const room = muted.channels.edges[0]!.node
  room.lastSeq = 2
  room.membership!.mutedUntil = new Date(Date.now() + month).toISOString()
  room.membership!.unread = { messages: 2, mentions: 0, firstUnreadSeq: 1, afterSeq: 0, upToSeq: 2 }
  store.dispatch({ type: 'snapshot', snapshot: muted, now: new Date().toISOString() })
  const unread = () => store.getSnapshot().unread.messages
  vi.advanceTimersByTime(month - 1_000)
  expect(unread()).toBe(0)
  vi.advanceTimersByTime(2_000)
  expect(unread()).toBe(2)
  keeper.stop()
})

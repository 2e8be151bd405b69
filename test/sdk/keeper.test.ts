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

import { isFailure } from './errors.ts'
import type { Operations } from './operations.ts'
import type { Retry } from './retry.ts'
import type { InboxEvent } from './state.ts'
import type { Store } from './store.ts'

/** Whoever goes on is told of again before; an end that was lost is made up for. */
const typingMs = 6_000
const settleMs = 300
const mostAtOnce = 100

type Timer = ReturnType<typeof setTimeout>
type Needs = { operations: Operations; store: Store; retry: Retry; acknowledge: boolean }

/**
 * Does what the state asks for and the reducer can't do itself: reads channels that events speak of, asks again what is unread where
 * that can't be counted here, lets typing and mutes end in time, and says what has arrived.
 */
export function createKeeper({ operations, store, retry, acknowledge }: Needs) {
  const { state, dispatch } = store
  const reading = new Set<string>()
  const typing = new Map<string, Timer>()
  const told = new Map<string, number>()
  const timers: { look?: Timer; mute?: Timer; tell?: Timer } = {}
  let stopped = false
  let seenMutes = ''

  function read(channelId: string): void {
    if (reading.has(channelId) || stopped) return
    reading.add(channelId)
    const settles = state().books[channelId]?.doubts ?? 0
    operations.channel({ id: channelId }).then(
      (channel) => {
        reading.delete(channelId)
        retry.reset()
        if (!stopped) dispatch({ type: 'channel', channelId, channel, settles })
      },
      () => {
        reading.delete(channelId)
        if (!stopped) retry.after(look)
      },
    )
  }

  /** After each change, soon: many come at once. */
  function look(): void {
    timers.look ??= setTimeout(() => {
      delete timers.look
      const { early, books } = state()
      Object.keys(early).forEach(read)
      for (const [channelId, { doubts, settled }] of Object.entries(books)) if (doubts > settled) read(channelId)
      watchMutes()
      if (acknowledge) tell()
    }, settleMs)
  }

  function watchMutes(): void {
    const { view, now } = state()
    const next = Object.values(view.channels)
      .flatMap(({ membership: { mutedUntil } }) => (mutedUntil !== null && mutedUntil > now ? [mutedUntil] : []))
      .toSorted()[0]
    if (next === undefined || next === seenMutes) return
    seenMutes = next
    clearTimeout(timers.mute)
    // Longer than this no timer waits; then it is looked at again.
    const ms = Math.min(Math.max(0, Date.parse(next) - Date.now()), 2 ** 31 - 1)
    timers.mute = setTimeout(() => {
      seenMutes = ''
      dispatch({ type: 'now', now: new Date().toISOString() })
      // It may have come a moment too early, or not be all of the time: then nothing is shown yet that would make anybody look.
      look()
    }, ms)
  }

  /** What has arrived, of all channels together. It may be lost: the next time says it, too. */
  function tell(): void {
    const { viewer, channels, status } = state().view
    if (timers.tell || !viewer || status.phase !== 'live') return
    const positions = Object.values(channels).flatMap(({ id, lastSeq, receipts }) =>
      lastSeq > Math.max(receipts[viewer.userId]?.deliveredSeq ?? 0, told.get(id) ?? 0) ? [{ channelId: id, seq: lastSeq }] : [],
    )
    if (positions.length === 0) return
    const now = positions.slice(0, mostAtOnce)
    for (const { channelId, seq } of now) told.set(channelId, seq)
    timers.tell = setTimeout(() => {
      delete timers.tell
      look()
    }, 1_000)
    operations.markDelivered({ positions: now }).then(
      (outcome) => {
        if (!stopped && !isFailure(outcome)) dispatch({ type: 'receipts', receipts: outcome.receipts })
      },
      () => now.forEach(({ channelId }) => told.delete(channelId)),
    )
  }

  const unsubscribe = store.subscribe(look)

  return {
    heard(event: InboxEvent): void {
      Object.keys(state().early).forEach(read)
      if (event.__typename !== 'TypingChanged') return
      const { channelId, user } = event
      const key = `${channelId} ${user.id}`
      clearTimeout(typing.get(key))
      typing.delete(key)
      if (!event.typing) return
      typing.set(
        key,
        setTimeout(() => {
          typing.delete(key)
          dispatch({ type: 'typingEnded', channelId, userId: user.id })
        }, typingMs),
      )
    },

    /** Presence may have changed unheard while there was no connection. */
    caughtUp(isBack: boolean): void {
      retry.wake()
      look()
      if (!isBack) return
      const ids = Object.keys(state().view.presence)
      for (let at = 0; at < ids.length; at += mostAtOnce)
        operations.presences({ ids: ids.slice(at, at + mostAtOnce) }).then(
          (found) => {
            if (!stopped) dispatch({ type: 'presence', people: found.flatMap((node) => (node?.__typename === 'User' ? [node] : [])) })
          },
          () => {},
        )
    },

    stop(): void {
      stopped = true
      unsubscribe()
      retry.end()
      for (const timer of [...Object.values(timers), ...typing.values()]) clearTimeout(timer)
    },
  }
}

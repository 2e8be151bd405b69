import { asParleyError, isFailure, mayPass } from './errors.ts'
import type { Operations } from './operations.ts'
import type { Retry } from './retry.ts'
import type { PendingMessage } from './state.ts'
import type { Store } from './store.ts'

type Needs = { send: Operations['sendMessage']; dispatch: Store['dispatch']; retry: Retry }

/**
 * What one says goes out one after the other in each channel, so it keeps its order, and waits while there is no network. Each has a
 * clientId, so that sending it again, where no answer came, can't send it twice.
 */
export function createOutbox({ send, dispatch, retry }: Needs) {
  const queues = new Map<string, PendingMessage[]>()
  const working = new Set<string>()
  let stopped = false

  const pause = (atLeastMs = 0) => new Promise<void>((go) => retry.after(go, atLeastMs))

  /** False: it has to be sent again. */
  async function attempt({ channelId, clientId, text, replyToId, mentionIds }: PendingMessage): Promise<boolean> {
    const refused = (failure: { __typename: string; code: string; reason: string }) =>
      dispatch({ type: 'refused', channelId, clientId, failure })
    try {
      const outcome = await send({
        ...{ channelId, clientId, text },
        ...(replyToId !== null && { replyToId }),
        ...(mentionIds.length > 0 && { mentionIds: [...mentionIds] }),
      })
      if (stopped) return true
      if (outcome.__typename === 'RateLimited') {
        await pause(outcome.retryAfterMs)
        return false
      }
      if (isFailure(outcome)) refused(outcome)
      else dispatch({ type: 'accepted', channelId, clientId, message: outcome.message })
    } catch (thrown) {
      const error = asParleyError(thrown)
      if (mayPass(error) && error.code !== 'INTERNAL' && error.code !== 'BUG') {
        await pause()
        return false
      }
      refused({ __typename: error.name, code: error.code, reason: error.message })
    }
    retry.reset()
    return true
  }

  async function work(channelId: string, queue: PendingMessage[]): Promise<void> {
    if (working.has(channelId)) return
    working.add(channelId)
    while (queue.length > 0 && !stopped) {
      const [message] = queue as [PendingMessage]
      const isDone = await attempt(message)
      if (isDone && queue[0] === message) queue.shift()
    }
    working.delete(channelId)
  }

  return {
    add(message: PendingMessage): void {
      const { channelId } = message
      const queue = queues.get(channelId) ?? []
      queues.set(channelId, queue)
      queue.push(message)
      void work(channelId, queue)
    },
    /** It is not sent any more. What is under way just now may arrive all the same. */
    drop({ channelId, clientId }: { channelId: string; clientId: string }): void {
      const queue = queues.get(channelId) ?? []
      const place = queue.findIndex((message) => message.clientId === clientId)
      if (place >= 0) queue.splice(place, 1)
    },
    stop: () => void (stopped = true),
  }
}

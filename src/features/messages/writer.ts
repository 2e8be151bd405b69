import { RateLimited } from '../../kernel/errors.ts'
import { isUnavailable } from '../../kernel/unavailable.ts'

type Waiting<Draft, Outcome> = { draft: Draft; resolve(outcome: Outcome): void; reject(error: unknown): void }

type Needs<Draft, Outcome> = {
  /** Writes them in this order, in one transaction; an outcome for each. */
  write(channelId: string, drafts: readonly Draft[]): Promise<readonly Outcome[]>
  /** In one statement. */
  mostTogether?: number
  /** In one channel's queue. */
  mostWaiting?: number
}

/**
 * The writer of a channel on this node: what arrives while its last statement is in flight goes together in the next one. So a
 * busy channel costs a statement for many messages, and a quiet one waits for nothing. A refused or failed message never fails
 * its neighbours. Past the bound of its queue a draft is refused with `RateLimited`.
 */
export function createWriter<Draft, Outcome>({ write, mostTogether = 64, mostWaiting = 1_000 }: Needs<Draft, Outcome>) {
  const queues = new Map<string, Waiting<Draft, Outcome>[]>()

  async function drain(channelId: string, queue: Waiting<Draft, Outcome>[]): Promise<void> {
    while (queue.length > 0) await writeTogether(channelId, queue.splice(0, mostTogether))
    queues.delete(channelId)
  }

  async function writeTogether(channelId: string, batch: Waiting<Draft, Outcome>[]): Promise<void> {
    try {
      const outcomes = await write(
        channelId,
        batch.map(({ draft }) => draft),
      )
      batch.forEach(({ resolve }, place) => resolve(outcomes[place]!))
    } catch (error) {
      // One of them is at fault: nothing was written, and each is tried by itself. With the database away that would only take
      // longer, and what became of them can't be known.
      if (batch.length === 1 || isUnavailable(error)) for (const { reject } of batch) reject(error)
      else for (const one of batch) await writeTogether(channelId, [one])
    }
  }

  return {
    send: (channelId: string, draft: Draft): Promise<Outcome> =>
      new Promise((resolve, reject) => {
        const queue = queues.get(channelId)
        if (queue && queue.length >= mostWaiting)
          return reject(new RateLimited(1_000, 'This channel has more to write than it can. Try again in a second.'))
        if (queue) return void queue.push({ draft, resolve, reject })
        const opened = [{ draft, resolve, reject }]
        queues.set(channelId, opened)
        void drain(channelId, opened)
      }),

    /** Drafts that wait, over all channels. */
    waiting: () => [...queues.values()].reduce((sum, queue) => sum + queue.length, 0),
  }
}

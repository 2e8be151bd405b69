import { RateLimited } from '../../kernel/errors.ts'
import { isUnavailable } from '../../kernel/unavailable.ts'

export type Batch<Draft> = { channelId: string; drafts: readonly Draft[] }

type Waiting<Draft, Outcome> = { draft: Draft; resolve(outcome: Outcome): void; reject(error: unknown): void }
type Taken<Draft, Outcome> = { channelId: string; waiting: Waiting<Draft, Outcome>[] }

type Needs<Draft, Outcome> = {
  /**
   * Writes these in one transaction, those of a channel in their order. For each batch an outcome for each draft; or null, and
   * nothing was written, where somebody else holds the channel. `wait`: waits for them instead.
   */
  write(batches: readonly Batch<Draft>[], wait: boolean): Promise<readonly (readonly Outcome[] | null)[]>
  /** Statements in flight, without those that wait for somebody. */
  mostAtOnce?: number
  /** Drafts in one statement. */
  mostTogether?: number
  /** In one channel's queue. */
  mostWaiting?: number
}

/**
 * The writer of this node. What arrives for a channel while its last statement is in flight goes together in the next one; and once
 * several statements are in flight, so does what arrives for other channels. So a busy channel, or a busy node, costs a statement
 * for many messages, and a quiet one waits for nothing. A refused or failed message never fails its neighbours, and a channel that
 * somebody holds keeps no other one waiting. Past the bound of its queue a draft is refused with `RateLimited`.
 */
export function createWriter<Draft, Outcome>({ write, mostAtOnce = 4, mostTogether = 64, mostWaiting = 1_000 }: Needs<Draft, Outcome>) {
  const queues = new Map<string, Waiting<Draft, Outcome>[]>()
  const inFlight = new Set<string>()
  let statements = 0
  let starting = false

  /** At the end of this turn of the event loop: what else arrives in it goes along. */
  const start = () => {
    if (starting) return
    starting = true
    setImmediate(() => {
      starting = false
      while (statements < mostAtOnce) {
        const taken = take()
        if (taken.length === 0) return
        statements++
        void writeTogether(taken).then(() => {
          statements--
          start()
        })
      }
    })
  }

  /** What waits for channels that have nothing in flight. Those that are left with something go to the end. */
  function take(): Taken<Draft, Outcome>[] {
    const taken: Taken<Draft, Outcome>[] = []
    let room = mostTogether
    for (const [channelId, queue] of queues) {
      if (room === 0) break
      if (inFlight.has(channelId)) continue
      const waiting = queue.splice(0, room)
      room -= waiting.length
      queues.delete(channelId)
      if (queue.length > 0) queues.set(channelId, queue)
      inFlight.add(channelId)
      taken.push({ channelId, waiting })
    }
    return taken
  }

  async function writeTogether(taken: Taken<Draft, Outcome>[], wait = false): Promise<void> {
    try {
      const answers = await write(taken.map(batchOf), wait)
      taken.forEach((one, place) => {
        const outcomes = answers[place]
        if (outcomes) settle(one, outcomes)
        else void writeTogether([one], true)
      })
    } catch (error) {
      await writeApart(taken, error)
    }
  }

  /** One of them is at fault: nothing was written, and each is tried by itself. */
  async function writeApart(taken: Taken<Draft, Outcome>[], error: unknown): Promise<void> {
    const all = taken.flatMap(({ channelId, waiting }) => waiting.map((one) => ({ channelId, one })))
    // With the database away that would only take longer, and what became of them can't be known.
    if (all.length === 1 || isUnavailable(error)) for (const { one } of all) one.reject(error)
    else
      for (const { channelId, one } of all)
        await write([{ channelId, drafts: [one.draft] }], true).then(([outcomes]) => one.resolve(outcomes![0]!), one.reject)
    for (const { channelId } of taken) leave(channelId)
  }

  function settle({ channelId, waiting }: Taken<Draft, Outcome>, outcomes: readonly Outcome[]): void {
    waiting.forEach(({ resolve }, place) => resolve(outcomes[place]!))
    leave(channelId)
  }

  function leave(channelId: string): void {
    inFlight.delete(channelId)
    start()
  }

  return {
    send: (channelId: string, draft: Draft): Promise<Outcome> =>
      new Promise((resolve, reject) => {
        const queue = queues.get(channelId) ?? []
        if (queue.length >= mostWaiting)
          return reject(new RateLimited(1_000, 'This channel has more to write than it can. Try again in a second.'))
        queue.push({ draft, resolve, reject })
        queues.set(channelId, queue)
        start()
      }),

    /** Drafts that wait, over all channels. */
    waiting: () => [...queues.values()].reduce((sum, queue) => sum + queue.length, 0),
  }
}

const batchOf = <Draft, Outcome>({ channelId, waiting }: Taken<Draft, Outcome>): Batch<Draft> => ({
  channelId,
  drafts: waiting.map(({ draft }) => draft),
})

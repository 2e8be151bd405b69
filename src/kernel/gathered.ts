import { setImmediate } from 'node:timers/promises'
import DataLoader from 'dataloader'

/** One that hangs holds up the next one so long. */
const patienceMs = 1_000

/**
 * One reading for all who ask at about the same time: whoever asks while one is under way goes with the next. A reading begins after
 * it was asked for, always, so nobody is told what was so before. `read` answers in the order of the keys, of which some may be equal.
 */
export function gathered<Key, Value>(
  read: (keys: readonly Key[]) => Promise<readonly Value[]>,
  most = 1_000,
): (key: Key) => Promise<Value> {
  let underWay: Promise<unknown> = Promise.resolve()
  let begun: Promise<unknown> = underWay
  const loader = new DataLoader<Key, Value>(
    async (keys) => {
      const reading = read(keys)
      begun = reading.catch(() => {})
      return reading
    },
    {
      cache: false,
      maxBatchSize: most,
      batchScheduleFn(begin) {
        underWay = inTurn(underWay).then(() => {
          begin()
          return begun
        })
      },
    },
  )
  return (key) => loader.load(key)
}

async function inTurn(before: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patienceMs)
  await Promise.race([before, late])
  clearTimeout(timer)
  await setImmediate()
}

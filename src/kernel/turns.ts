import { ServiceUnavailable } from './errors.ts'

/** Runs work that belongs to a key, when it is its turn. */
export type Turns = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>

/**
 * So many at a time for one key, the others wait in their order. Who would wait for the same row of the database anyway waits here, where
 * it keeps no connection from everybody else.
 */
export function createTurns({ atOnce = 4, mostWaiting = 500 } = {}): Turns {
  const lines = new Map<string, { running: number; waiting: (() => void)[] }>()

  return async (key, work) => {
    const line = lines.get(key) ?? { running: 0, waiting: [] }
    lines.set(key, line)
    if (line.running >= atOnce) {
      if (line.waiting.length >= mostWaiting)
        throw new ServiceUnavailable('Too much is to be changed there at once. Try again in a moment.')
      await new Promise<void>((resolve) => line.waiting.push(resolve))
    } else line.running++
    try {
      return await work()
    } finally {
      const next = line.waiting.shift()
      if (next) next()
      else if (--line.running === 0) lines.delete(key)
    }
  }
}

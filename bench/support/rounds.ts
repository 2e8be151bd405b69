import type { Run } from './drive.ts'
import { busyElsewhere, median } from './report.ts'

export type Contender = { name: string; run(seconds: number): Promise<Run> }
export type Rounds = {
  /** Medians over the rounds, by name. */
  results: Map<string, Run>
  /** Ratio of two contenders: the median over the rounds, each round with itself. */
  ratio(one: string, other: string): number
  /** What others did to the machine meanwhile, 0 to 1: median and most. */
  busy: { median: number; most: number }
}

/**
 * Contenders one after another, several rounds, each round in the opposite order of the one before: what drifts on the machine
 * meets all of them alike.
 */
export async function rounds(contenders: readonly Contender[], { runs, seconds }: { runs: number; seconds: number }): Promise<Rounds> {
  const all = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]))
  const busy: number[] = []
  for (const contender of contenders) await contender.run(Math.min(1, seconds))
  for (let round = 0; round < runs; round++) {
    for (const { name, run } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      busy.push(await busyElsewhere())
      all.get(name)!.push(await run(seconds))
      process.stderr.write('.')
    }
  }
  process.stderr.write('\n')
  const middle = (runs: readonly Run[]): Run => ({
    perSecond: median(runs.map(({ perSecond }) => perSecond)),
    p50: median(runs.map(({ p50 }) => p50)),
    p99: median(runs.map(({ p99 }) => p99)),
    operations: runs.reduce((sum, { operations }) => sum + operations, 0),
  })
  return {
    results: new Map([...all].map(([name, runs]) => [name, middle(runs)])),
    ratio: (one, other) => median(all.get(one)!.map(({ perSecond }, round) => perSecond / all.get(other)![round]!.perSecond)),
    busy: { median: median(busy), most: Math.max(...busy) },
  }
}

import { percentile } from './report.ts'

export type Run = { perSecond: number; p50: number; p99: number; operations: number }

/** So many workers, each doing one thing after another for this long. The first failure ends it: a rate with failures in it says nothing. */
export async function drive(
  once: (worker: number) => Promise<unknown>,
  { workers, seconds }: { workers: number; seconds: number },
): Promise<Run> {
  const took: number[] = []
  const started = performance.now()
  const until = started + seconds * 1_000
  let ended = started
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (let now = performance.now(); now < until; ) {
        await once(worker)
        const then = now
        now = performance.now()
        took.push(now - then)
        ended = Math.max(ended, now)
      }
    }),
  )
  const sorted = Float64Array.from(took).toSorted()
  return {
    perSecond: (took.length / (ended - started)) * 1_000,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    operations: took.length,
  }
}

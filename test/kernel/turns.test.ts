import { expect, it } from 'vitest'
import { createTurns } from '../../src/kernel/turns.ts'

/** Work that ends when told to. */
function works() {
  const begun: number[] = []
  const gates = new Map<number, PromiseWithResolvers<number>>()
  const work = (n: number) => () => {
    begun.push(n)
    const gate = Promise.withResolvers<number>()
    gates.set(n, gate)
    return gate.promise
  }
  const turn = () => new Promise(setImmediate)
  return {
    begun,
    work,
    async end(n: number): Promise<void> {
      gates.get(n)!.resolve(n)
      await turn()
    },
    async fail(n: number): Promise<void> {
      gates.get(n)!.reject(new Error(`failed ${n}`))
      await turn()
    },
  }
}

it('lets so many of one key run, the others in their order, and other keys meanwhile', async () => {
  const turns = createTurns({ atOnce: 2 })
  const { begun, work, end, fail } = works()
  const done = [1, 2, 3, 4].map((n) => turns('one', work(n)))
  const other = turns('other', work(9))
  expect(begun).toEqual([1, 2, 9])
  await end(2)
  expect(begun).toEqual([1, 2, 9, 3])
  done[0]!.catch(() => {})
  await fail(1)
  await expect(done[0]).rejects.toThrow('failed 1')
  expect(begun).toEqual([1, 2, 9, 3, 4])
  for (const n of [3, 4, 9]) await end(n)
  expect(await Promise.all([...done.slice(1), other])).toEqual([2, 3, 4, 9])
})

it('refuses more than may wait, and serves those who do', async () => {
  const turns = createTurns({ atOnce: 1, mostWaiting: 1 })
  const { work, end } = works()
  const done = [1, 2].map((n) => turns('one', work(n)))
  await expect(turns('one', work(3))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  await end(1)
  await end(2)
  expect(await Promise.all(done)).toEqual([1, 2])
  const later = turns('one', work(4))
  await end(4)
  expect(await later).toBe(4)
})

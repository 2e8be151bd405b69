import { expect, it } from 'vitest'
import { gathered } from '../../src/kernel/gathered.ts'

/** A reading that answers when it is told to. */
function readings() {
  const under: { keys: readonly string[]; answer(): void; fail(error: Error): void }[] = []
  const read = (keys: readonly string[]) =>
    new Promise<string[]>((resolve, reject) => under.push({ keys, answer: () => resolve(keys.map((key) => `${key}!`)), fail: reject }))
  return {
    read,
    async next() {
      while (under.length === 0) await new Promise(setImmediate)
      return under.shift()!
    },
    isIdle: () => under.length === 0,
  }
}

it('asks once for all who ask at the same time, an answer to each, also where two ask for the same', async () => {
  const { read, next } = readings()
  const ask = gathered(read)
  const answers = Promise.all(['a', 'b', 'a'].map(ask))
  const one = await next()
  expect(one.keys).toEqual(['a', 'b', 'a'])
  one.answer()
  expect(await answers).toEqual(['a!', 'b!', 'a!'])
})

it('whoever asks while a reading is under way is told by the next one, never by that', async () => {
  const { read, next, isIdle } = readings()
  const ask = gathered(read)
  const first = ask('a')
  const one = await next()
  const later = Promise.all([ask('a'), ask('b')])
  for (let moments = 0; moments < 20; moments++) await new Promise(setImmediate)
  expect(isIdle()).toBe(true)
  one.answer()
  expect(await first).toBe('a!')
  const two = await next()
  expect(two.keys).toEqual(['a', 'b'])
  two.answer()
  expect(await later).toEqual(['a!', 'b!'])
})

it('a reading has so many keys at most', async () => {
  const { read, next } = readings()
  const ask = gathered(read, 2)
  const answers = Promise.all(['a', 'b', 'c'].map(ask))
  const one = await next()
  expect(one.keys).toEqual(['a', 'b'])
  one.answer()
  const two = await next()
  expect(two.keys).toEqual(['c'])
  two.answer()
  expect(await answers).toEqual(['a!', 'b!', 'c!'])
})

it('one that fails fails those who asked for it, and nobody else', async () => {
  const { read, next } = readings()
  const ask = gathered(read)
  const lost = Promise.allSettled([ask('a'), ask('b')])
  ;(await next()).fail(new Error('away'))
  expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const found = ask('c')
  ;(await next()).answer()
  expect(await found).toBe('c!')
})

it('one that hangs holds up the next for a second, and no longer', async () => {
  const { read, next } = readings()
  const ask = gathered(read)
  void ask('hangs')
  await next()
  const started = performance.now()
  const other = ask('other')
  ;(await next()).answer()
  expect(await other).toBe('other!')
  expect(performance.now() - started).toBeGreaterThan(900)
})

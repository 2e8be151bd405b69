import { expect, test } from 'vitest'
import { createTextCache } from '../../src/transport/text-cache.ts'

test('it forgets what was not used for longest', () => {
  const cache = createTextCache<number>({ most: 2 })
  cache.set('a', 1)
  cache.set('b', 2)
  cache.get('a')
  cache.set('c', 3)
  expect(['a', 'b', 'c'].map(cache.get)).toEqual([1, undefined, 3])
})

test('it keeps no text that is longer than most', () => {
  const cache = createTextCache<number>({ longest: 3 })
  cache.set('abc', 1)
  cache.set('abcd', 2)
  expect(['abc', 'abcd'].map(cache.get)).toEqual([1, undefined])
})

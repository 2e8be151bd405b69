import { expect, it } from 'vitest'
import { parseRate } from '../../src/kernel/rate.ts'

it.each([
  ['5/h', { amount: 5, windowMs: 3_600_000 }],
  ['10/15min', { amount: 10, windowMs: 900_000 }],
  ['20/4s', { amount: 20, windowMs: 4_000 }],
  ['1/d', { amount: 1, windowMs: 86_400_000 }],
])('%s is understood', (text, rate) => {
  expect(parseRate(text)).toEqual(rate)
})

it.each(['', '5', '0/h', '5/0h', '5/week', '-1/h', '5/h ', '1.5/h'])('%j is not', (text) => {
  expect(parseRate(text)).toBeNull()
})

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InvalidInput } from '../../src/kernel/errors.ts'
import { line, parseArgs, parseInput, prose, verbatim } from '../../src/kernel/input.ts'

const issuesOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof InvalidInput) return error.issues
    throw error
  }
  throw new Error('It was accepted.')
}
const read = (schema: z.ZodType, value: unknown) => parseInput(z.object({ text: schema }), { text: value }).text
const complaint = (schema: z.ZodType, value: unknown) => issuesOf(() => read(schema, value))[0]!.reason

describe('line', () => {
  it('trims and composes', () => {
    expect(read(line(1, 10), '  Zoe\u0308 ')).toBe('Zo\u00eb')
  })

  it('counts code points, after trimming', () => {
    expect(read(line(1, 3), ' 👋👋👋 ')).toBe('👋👋👋')
    expect(complaint(line(1, 3), '👋👋👋👋')).toBe('Must have at most 3 characters.')
    expect(complaint(line(3, 9), 'ab')).toBe('Must have at least 3 characters.')
    expect(complaint(line(1, 9), '   ')).toBe('Must not be empty.')
  })

  it.each([
    ['NUL', 'a\0b'],
    ['a newline', 'a\nb'],
    ['an escape', 'a\u001bb'],
    ['a C1 control', 'a\u0085b'],
    ['a line separator', 'a\u2028b'],
    ['an override of the direction', 'a\u202eb'],
    ['an isolate', 'a\u2066b'],
  ])('refuses %s', (_name, text) => {
    expect(complaint(line(1, 10), text)).toBe('Contains a control character.')
  })

  it.each(['a\ud800', '\udc00a'])('refuses a lone surrogate', (text) => {
    expect(complaint(line(1, 10), text)).toBe('Contains a broken character (a lone surrogate).')
  })

  it('refuses a very long text before it looks at it', () => {
    expect(complaint(line(1, 10), '\ud800'.repeat(100_000))).toBe('Must have at most 10 characters.')
  })
})

describe('prose', () => {
  it('keeps breaks and tabs, as LF', () => {
    expect(read(prose(1, 20), 'a\r\nb\rc\n\td\n')).toBe('a\nb\nc\n\td')
  })

  it('refuses other control characters', () => {
    expect(complaint(prose(1, 20), 'a\0b')).toBe('Contains a control character.')
    expect(complaint(prose(1, 20), 'a\u0007b')).toBe('Contains a control character.')
  })
})

describe('verbatim', () => {
  it('keeps spaces and composes', () => {
    expect(read(verbatim(3, 8), ' e\u0301 ')).toBe(' \u00e9 ')
  })

  it('has its bounds, and refuses what can not be stored', () => {
    expect(complaint(verbatim(8, 200), '1234567')).toBe('Must have at least 8 characters.')
    expect(complaint(verbatim(8, 200), 'x'.repeat(201))).toBe('Must have at most 200 characters.')
    expect(complaint(verbatim(1, 200), 'a\0')).toBe('Contains a control character.')
    expect(complaint(verbatim(1, 200), '\ud800')).toBe('Contains a broken character (a lone surrogate).')
  })
})

it('reports all mistakes at once, each under its path', () => {
  const schema = z.object({ name: line(1, 5), place: z.object({ city: line(1, 5) }), ids: z.array(line(1, 5)) })
  const wrong = { name: '', place: { city: 'a\0' }, ids: ['ok', 'too long'] }
  expect(issuesOf(() => parseInput(schema, wrong)).map(({ path }) => path)).toEqual(['input.name', 'input.place.city', 'input.ids.1'])
  expect(issuesOf(() => parseArgs(schema, wrong)).map(({ path }) => path)).toEqual(['name', 'place.city', 'ids.1'])
})

import { describe, expect, it } from 'vitest'
import { displayNameInput, emailInput, handleInput, phoneInput, searchInput } from '../../src/kernel/names.ts'

describe('handles', () => {
  it.each([
    ['ada', 'ada'],
    ['  Ada_L.90-x ', 'ada_l.90-x'],
    ['a'.repeat(30), 'a'.repeat(30)],
  ])('%j is understood', (typed, kept) => {
    expect(handleInput.parse(typed)).toBe(kept)
  })

  it.each(['ab', 'a'.repeat(31), 'ada lovelace', 'adä', 'ada@home', 'a/b/c', 'аdа', 'ada\0', 'ada\ud800', '', 'channel', 'Channel'])(
    '%j is refused',
    (typed) => {
      expect(handleInput.safeParse(typed).success).toBe(false)
    },
  )
})

describe('display names', () => {
  it('have their words one space apart', () => {
    expect(displayNameInput.parse('  Ada \u00a0 King  Lovelace ')).toBe('Ada King Lovelace')
  })

  it.each(['', '   ', '\u200b\u200d', 'a'.repeat(81), 'Ada\u202eecalevol', 'Ada\nLovelace'])('%j is refused', (typed) => {
    expect(displayNameInput.safeParse(typed).success).toBe(false)
  })

  it.each(['木', '👩‍🚀', 'Ж', "O'Neil", 'عائشة'])('%s is a name', (typed) => {
    expect(displayNameInput.parse(typed)).toBe(typed)
  })
})

describe('e-mail addresses', () => {
  it('are kept in lower case', () => {
    expect(emailInput.parse(' Ada@Example.COM ')).toBe('ada@example.com')
  })

  it.each([
    'ada',
    'ada@',
    '@example.com',
    'ada@example',
    'a b@example.com',
    'ada@example.com\r\nBcc: all@example.com',
    'ada@example.com\0',
    `${'a'.repeat(250)}@example.com`,
  ])('%j is refused', (typed) => {
    expect(emailInput.safeParse(typed).success).toBe(false)
  })
})

describe('phone numbers', () => {
  it.each([
    ['+49 170 1234567', '+491701234567'],
    ['+1 (415) 555-0100', '+14155550100'],
    ['+44.20.7946.0000', '+442079460000'],
  ])('%s is %s', (typed, kept) => {
    expect(phoneInput.parse(typed)).toBe(kept)
  })

  it.each(['0170 1234567', '+0170', '+49', 'ada', '+1234567890123456', '+49170\0'])('%j is refused', (typed) => {
    expect(phoneInput.safeParse(typed).success).toBe(false)
  })
})

it('searches for what follows an @', () => {
  expect(searchInput.parse(' @Ada')).toBe('Ada')
  expect(searchInput.parse('Ada \u00a0 L')).toBe('Ada L')
  expect(searchInput.parse('')).toBe('')
  expect(searchInput.safeParse('a\0').success).toBe(false)
  expect(searchInput.safeParse('\ud800').success).toBe(false)
})

import { expect, it } from 'vitest'
import { handleLike, withFreeHandle } from '../../../src/features/accounts/handles.ts'
import { Conflict } from '../../../src/kernel/errors.ts'
import { handleInput } from '../../../src/kernel/names.ts'

it.each([
  ['ada@example.com', 'ada'],
  ['Ada.Lovelace@example.com', 'ada.lovelace'],
  ['ada+parley@example.com', 'ada'],
  ["o'neil@example.com", 'o-neil'],
  ['-ada-@example.com', 'ada'],
  ['a@example.com', 'auser'],
  ['+@example.com', 'user'],
  ['channel@example.com', 'channeluser'],
  [`${'x'.repeat(60)}@example.com`, 'x'.repeat(25)],
])('%s becomes %s', (email, handle) => {
  expect(handleLike(email)).toBe(handle)
  expect(handleInput.parse(`${handle}12345`.slice(0, 30))).toBeTruthy()
})

const clash = () => Object.assign(new Error('taken'), { code: '23505', constraint: 'users_handle_key' })

it('takes the wished one, or a numbered one, or a drawn one', async () => {
  const taken = (handles: string[]) => async (asked: readonly string[]) => new Set(asked.filter((handle) => handles.includes(handle)))
  const make = async (handle: string) => handle
  expect(await withFreeHandle('ada', taken([]), make)).toBe('ada')
  expect(await withFreeHandle('ada', taken(['ada', 'ada2']), make)).toBe('ada3')
  const crowd = ['ada', ...Array.from({ length: 9 }, (_, index) => `ada${index + 2}`)]
  expect(await withFreeHandle('ada', taken(crowd), make)).toMatch(/^ada\d{5}$/)
})

it('tries another one where somebody was faster, and not for ever', async () => {
  const seen: string[] = []
  const gone = new Set<string>()
  const make = async (handle: string) => {
    seen.push(handle)
    gone.add(handle)
    if (seen.length < 3) throw clash()
    return handle
  }
  expect(await withFreeHandle('ada', async () => gone, make)).toMatch(/^ada\d{5}$/)
  await expect(
    withFreeHandle(
      'ada',
      async () => new Set(),
      () => Promise.reject(clash()),
    ),
  ).rejects.toThrow(Conflict)
})

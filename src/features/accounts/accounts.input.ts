import { z } from 'zod'
import { line } from '../../kernel/input.ts'
import { displayNameInput, handleInput } from '../people/people.input.ts'

export const emailInput = line(3, 254)
  .transform((text) => text.toLowerCase())
  .pipe(z.email({ error: 'Must be an e-mail address.' }))

/** Any characters: what counts is the length. */
export const passwordInput = z
  .string()
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'Contains a broken character.' })
  .refine((text) => [...text].length >= 8, { error: 'Must have at least 8 characters.' })
  .refine((text) => text.length <= 200, { error: 'Must have at most 200 characters.' })

export const signUpInput = z.object({
  email: emailInput,
  password: passwordInput,
  handle: handleInput,
  displayName: displayNameInput.nullish(),
})

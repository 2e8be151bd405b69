import { z } from 'zod'
import { line } from './input.ts'

// How people are named, wherever a name is typed.

export const leastHandle = 3
export const mostHandle = 30

/** `@channel` calls everyone: nobody may be called so. */
const reserved = new Set(['channel'])
export const isReserved = (handle: string) => reserved.has(handle)

export const handleInput = line(leastHandle, mostHandle)
  .transform((text) => text.toLowerCase())
  .refine((text) => /^[a-z0-9_.-]*$/.test(text), { error: 'May hold a–z, 0–9 and _ . - only.' })
  .refine((text) => !isReserved(text), { error: 'Has a meaning of its own. Choose another one.' })

/** Words are one space apart, and something of it can be seen. */
export const displayNameInput = line(1, 80)
  .transform((text) => text.replaceAll(/\s+/g, ' '))
  .refine((text) => text === '' || /[\p{L}\p{N}\p{P}\p{S}]/u.test(text), { error: 'Must hold something that can be seen.' })

/** What someone typed to find a person by a name: everyone, where it is empty. */
export const searchInput = line(0, 80).transform((text) => text.replace(/^@/, '').replaceAll(/\s+/g, ' '))

/** An e-mail address as it is kept: lower case. */
export const emailInput = line(3, 254)
  .transform((text) => text.toLowerCase())
  .pipe(z.email({ error: 'Must be an e-mail address.' }))

/** A phone number as it is kept: E.164. Typed with spaces, dashes, dots or brackets, it is understood. */
export const phoneInput = line(1, 40)
  .transform((text) => text.replaceAll(/[\s().-]/g, ''))
  .refine((text) => /^\+[1-9]\d{6,14}$/.test(text), { error: 'Must be a phone number with its country code, such as +49 170 1234567.' })

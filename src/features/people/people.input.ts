import { z } from 'zod'
import { line, prose } from '../../kernel/input.ts'

export const handleInput = line(3, 30)
  .transform((text) => text.toLowerCase())
  .refine((text) => /^[a-z0-9_.-]*$/.test(text), { error: 'May hold a–z, 0–9 and _ . - only.' })
export const displayNameInput = line(1, 80)
export const avatarUrlInput = line(1, 2_000).refine((text) => URL.canParse(text) && new URL(text).protocol === 'https:', {
  error: 'Must be a URL that starts with https://.',
})
export const bioInput = prose(1, 500)
export const timeZoneInput = line(1, 60).refine((text) => Intl.supportedValuesOf('timeZone').includes(text) || text === 'UTC', {
  error: 'Must be a time zone such as Europe/Berlin.',
})
export const timeOfDayInput = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'Must be a local time such as 22:00.' })

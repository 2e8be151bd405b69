import { z } from 'zod'
import { line, prose } from '../../kernel/input.ts'
import { displayNameInput, handleInput, searchInput } from '../../kernel/names.ts'

const avatarUrlInput = line(1, 2_000).refine((text) => URL.canParse(text) && new URL(text).protocol === 'https:', {
  error: 'Must be a URL that starts with https://.',
})

// Names such as Europe/Berlin, not offsets: PostgreSQL reads `+02:00` the other way round than everyone else.
const timeZoneInput = line(1, 60).refine((text) => /^[a-z]/i.test(text) && isTimeZone(text), {
  error: 'Must be a time zone such as Europe/Berlin.',
})

const timeOfDayInput = line(1, 5).refine((text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text), { error: 'Must be a local time such as 22:00.' })

/** Where null means nothing (a name can't be taken away), it counts as not given: many clients send it for what wasn't touched. */
const orUntouched = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().transform((value) => value ?? undefined)

/** Null and an empty text take it away. */
const orNothing = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() === '' ? null : value), schema.nullish())

export const updateProfileInput = z.object({
  handle: orUntouched(handleInput),
  displayName: orUntouched(displayNameInput),
  avatarUrl: orNothing(avatarUrlInput),
  bio: orNothing(prose(1, 500)),
})

export const updateSettingsInput = z.object({
  readReceipts: orUntouched(z.boolean()),
  emailNotifications: orUntouched(z.enum(['ALL', 'MENTIONS_AND_DIRECT', 'NONE'])),
  pushNotifications: orUntouched(z.boolean()),
  quietHours: z
    .object({ from: timeOfDayInput, to: timeOfDayInput })
    .refine(({ from, to }) => from !== to, { path: ['to'], error: 'Must differ from `from`.' })
    .nullish(),
  timeZone: orUntouched(timeZoneInput),
})

export type ProfileChanges = z.output<typeof updateProfileInput>
export type SettingsChanges = z.output<typeof updateSettingsInput>

/** A handle to look someone up by: one that nobody can have is nobody's, and no mistake. */
export const lookUpArgs = z.object({ handle: line(0, 200).transform((text) => text.toLowerCase()) })

export const directoryArgs = z.object({ search: searchInput.nullish().transform((text) => text ?? '') })

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

import { z } from 'zod'
import { InvalidInput } from './errors.ts'

// What people type, made regular and checked. A room parses its input with a schema of these and works with what comes out.

const control = /[\u0000-\u001f\u007f-\u009f]/
const controlButBreaks = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

const codePoints = (value: string) => [...value].length

const text = (least: number, most: number, forbidden: RegExp) =>
  z
    .string()
    .max(most * 4 + 1_000, { error: `Must have at most ${most} characters.`, abort: true })
    .refine((value) => value.isWellFormed(), { error: 'Contains a broken character (a lone surrogate).', abort: true })
    .transform((value) => value.replaceAll(/\r\n?/g, '\n').normalize('NFC').trim())
    .refine((value) => !forbidden.test(value), { error: 'Contains a control character.', abort: true })
    .refine((value) => codePoints(value) >= least, { error: least === 1 ? 'Must not be empty.' : `Must have at least ${least} characters.` })
    .refine((value) => codePoints(value) <= most, { error: `Must have at most ${most} characters.` })

/** One line: NFC, trimmed, no control characters. Lengths are in code points. */
export const line = (least: number, most: number) => text(least, most, control)

/** Several lines: as `line`, with newlines (always LF) and tabs. */
export const prose = (least: number, most: number) => text(least, most, controlButBreaks)

/** Parses with every mistake reported at once, each under its path in the arguments. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw new InvalidInput(result.error.issues.map(({ path, message }) => ({ path: ['input', ...path].join('.'), reason: message })))
}

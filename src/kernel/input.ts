import { z } from 'zod'
import { InvalidInput } from './errors.ts'

// What people type, made regular and checked. A room parses its input with a schema of these and works with what comes out.

// Line and paragraph separators break a line as LF does; the others turn the direction of all that follows them.
const separators = '\u2028\u2029\u202a-\u202e\u2066-\u2069'
const control = new RegExp(`[\\u0000-\\u001f\\u007f-\\u009f${separators}]`)
const controlButBreaks = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

const codePoints = (value: string) => [...value].length

/** Refuses what can't be stored, before anything else looks at it: lone surrogates, NUL, and far more than `most` characters. */
const bounded = (most: number) =>
  z
    .string()
    .max(most * 4 + 1_000, { error: `Must have at most ${most} characters.`, abort: true })
    .refine((value) => value.isWellFormed(), { error: 'Contains a broken character (a lone surrogate).', abort: true })
    .refine((value) => !value.includes('\0'), { error: 'Contains a control character.', abort: true })
    .transform((value) => value.normalize('NFC'))

const counted = (least: number, most: number) => (value: string, context: z.RefinementCtx<string>) => {
  const length = codePoints(value)
  const error =
    length > most
      ? `Must have at most ${most} characters.`
      : length < least
        ? least === 1
          ? 'Must not be empty.'
          : `Must have at least ${least} characters.`
        : null
  if (error) context.addIssue({ code: 'custom', message: error })
}

const text = (least: number, most: number, forbidden: RegExp) =>
  bounded(most)
    .transform((value) => value.replaceAll(/\r\n?/g, '\n').trim())
    .refine((value) => !forbidden.test(value), { error: 'Contains a control character.', abort: true })
    .superRefine(counted(least, most))

/** One line: NFC, trimmed, no control characters. Lengths are in code points. */
export const line = (least: number, most: number) => text(least, most, control)

/** Several lines: as `line`, with newlines (always LF) and tabs. */
export const prose = (least: number, most: number) => text(least, most, controlButBreaks)

/** As it was typed, spaces included, in NFC: for passwords. */
export const verbatim = (least: number, most: number) => bounded(most).superRefine(counted(least, most))

/** Parses with every mistake reported at once, each under its path in the arguments (`input.text`). */
export const parseInput = <Schema extends z.ZodType>(schema: Schema, input: unknown) => parse(schema, input, ['input'])

/** The same for arguments that stand beside each other instead of in an `input`. */
export const parseArgs = <Schema extends z.ZodType>(schema: Schema, args: unknown) => parse(schema, args, [])

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, at: readonly string[]): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InvalidInput(result.error.issues.map(({ path, message }) => ({ path: [...at, ...path].join('.'), reason: message })))
}

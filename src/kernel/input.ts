import { z } from 'zod'
import { type InputIssue, InvalidInput } from './errors.ts'
import { keyIn } from './node-id.ts'

// What people type, made regular and checked. A room parses its input with a schema of these and works with what comes out.

// Line and paragraph separators break a line as LF does; the others turn the direction of all that follows them.
const separators = '\u2028\u2029\u202a-\u202e\u2066-\u2069'
const control = new RegExp(`[\\u0000-\\u001f\\u007f-\\u009f${separators}]`)
const controlButBreaks = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

const codePoints = (value: string) => [...value].length

/**
 * Text in NFC, made regular by `tidy`. Of what can't be stored or is far too long (lone surrogates, NUL, control characters) one
 * thing is said, and nothing else is looked at.
 */
const text = (least: number, most: number, forbidden: RegExp, tidy: (value: string) => string) =>
  z.string().transform((value, context) => {
    const wrong = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (value.length > most * 4 + 1_000) return wrong(`Must have at most ${most} characters.`)
    if (!value.isWellFormed()) return wrong('Contains a broken character (a lone surrogate).')
    const tidied = tidy(value.normalize('NFC'))
    if (forbidden.test(tidied)) return wrong('Contains a control character.')
    const length = codePoints(tidied)
    if (length > most) return wrong(`Must have at most ${most} characters.`)
    if (length < least) return wrong(least === 1 ? 'Must not be empty.' : `Must have at least ${least} characters.`)
    return tidied
  })

const trimmed = (value: string) => value.replaceAll(/\r\n?/g, '\n').trim()

/** One line: NFC, trimmed, no control characters. Lengths are in code points. */
export const line = (least: number, most: number) => text(least, most, control, trimmed)

/** Several lines: as `line`, with newlines (always LF) and tabs. */
export const prose = (least: number, most: number) => text(least, most, controlButBreaks, trimmed)

/** As it was typed, spaces included, in NFC: for passwords. */
export const verbatim = (least: number, most: number) => text(least, most, /\0/, (value) => value)

/** A node's id of this type, as its key; what isn't one is nobody's: the nil UUID, which nothing has. */
export const nobody = '00000000-0000-0000-0000-000000000000'
export const keyOf = (type: string) => z.string().transform((id) => keyIn(type, id) ?? nobody)

/** Things that one input may name. */
export const mostAtOnce = 100

const mostNamed = 10

/** Where in a list of the input those are that fit, for the reason of a refusal: `input.userIds.1, input.userIds.4`. */
export function placesIn<Item>(path: string, items: readonly Item[], fits: (item: Item) => boolean): string {
  const places = items.flatMap((item, place) => (fits(item) ? [`${path}.${place}`] : []))
  const more = places.length > mostNamed ? ` and ${places.length - mostNamed} more` : ''
  return places.slice(0, mostNamed).join(', ') + more
}

/** Parses with every mistake reported at once, each under its path in the arguments (`input.text`). */
export const parseInput = <Schema extends z.ZodType>(schema: Schema, input: unknown) => parse(schema, input, ['input'])

/** The same for arguments that stand beside each other instead of in an `input`. */
export const parseArgs = <Schema extends z.ZodType>(schema: Schema, args: unknown) => parse(schema, args, [])

/** Runs checks that can each end in `InvalidInput`, so that none hides what another one finds. */
export function checkAll<Results extends unknown[]>(...checks: { [Place in keyof Results]: () => Results[Place] }): Results {
  const issues: InputIssue[] = []
  const results = checks.map((check) => {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      issues.push(...error.issues)
      return undefined
    }
  })
  if (issues.length > 0) throw new InvalidInput(issues)
  return results as Results
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, at: readonly string[]): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InvalidInput(result.error.issues.map(({ path, message }) => ({ path: [...at, ...path].join('.'), reason: message })))
}

import { InvalidInput, type InputIssue } from '../../kernel/errors.ts'
import { type Page, type PageArgs, pageOf } from '../../kernel/page.ts'

export type MessagesArgs = PageArgs & { aroundSeq?: number | null }

/** A page of messages, or a window around one of them. */
export type MessagesPage = Page<number> & { around: number | null }

const mostSeq = 2 ** 31 - 2
const seqIn = ([seq]: unknown[]) => (typeof seq === 'number' && Number.isInteger(seq) && seq > 0 && seq <= mostSeq ? seq : null)

/** Checks the arguments, all mistakes at once. */
export function messagesPageOf({ aroundSeq, ...args }: MessagesArgs): MessagesPage {
  const issues = aroundSeq == null ? [] : issuesAround(aroundSeq, args)
  try {
    const page = pageOf<number>(args, seqIn)
    if (issues.length === 0) return { ...page, around: aroundSeq ?? null }
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    issues.push(...error.issues)
  }
  throw new InvalidInput(issues)
}

function issuesAround(aroundSeq: number, { after, last, before }: PageArgs): InputIssue[] {
  const issues = Object.entries({ after, last, before }).flatMap(([path, value]) =>
    value == null ? [] : [{ path, reason: 'Goes without aroundSeq.' }],
  )
  return aroundSeq < 1 ? [{ path: 'aroundSeq', reason: 'Must be 1 or more.' }, ...issues] : issues
}

/** Up to `take` seqs with one in the middle (one more after it than before it, where that can't be), as far as they may be seen. */
export function windowOf(around: number, take: number, earliest: number): { start: number; take: number } {
  const start = around - Math.floor((take - 1) / 2)
  const end = start + take - 1
  return { start: Math.max(start, earliest), take: Math.max(0, end - Math.max(start, earliest) + 1) }
}

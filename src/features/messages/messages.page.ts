import { InvalidInput } from '../../kernel/errors.ts'
import { checkAll } from '../../kernel/input.ts'
import { type Page, type PageArgs, pageOf } from '../../kernel/page.ts'

export type MessagesArgs = PageArgs & { aroundSeq?: number | null }

/** A page of messages, or a window around one of them. */
export type MessagesPage = Page<number> & { around: number | null }

const mostSeq = 2 ** 31 - 2
const seqIn = ([seq]: unknown[]) => (typeof seq === 'number' && Number.isInteger(seq) && seq > 0 && seq <= mostSeq ? seq : null)

export function messagesPageOf({ aroundSeq, ...args }: MessagesArgs): MessagesPage {
  const [around, page] = checkAll(
    () => aroundOf(aroundSeq ?? null, args),
    () => pageOf<number>(args, seqIn),
  )
  return { ...page, around }
}

function aroundOf(aroundSeq: number | null, { after, last, before }: PageArgs): number | null {
  if (aroundSeq === null) return null
  const beside = Object.entries({ after, last, before }).flatMap(([path, value]) =>
    value == null ? [] : [{ path, reason: 'Goes without aroundSeq.' }],
  )
  const issues = aroundSeq < 1 ? [{ path: 'aroundSeq', reason: 'Must be 1 or more.' }, ...beside] : beside
  if (issues.length > 0) throw new InvalidInput(issues)
  return aroundSeq
}

/** Up to `take` seqs with one in the middle (one more after it than before it, where that can't be), as far as they may be seen. */
export function windowOf(around: number, take: number, earliest: number): { start: number; take: number } {
  const wanted = around - Math.floor((take - 1) / 2)
  const start = Math.max(wanted, earliest)
  return { start, take: Math.max(0, take - (start - wanted)) }
}

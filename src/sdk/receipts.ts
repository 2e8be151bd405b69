import type { ReceiptFragment } from './documents.ts'
import type { Receipt } from './state.ts'

export const receiptOf = ({ user, deliveredSeq, deliveredAt, readSeq, readAt }: ReceiptFragment): Receipt => ({
  userId: user.id,
  deliveredSeq,
  deliveredAt,
  readSeq,
  readAt,
})

/** Marks only move forward. Null hides what someone has read; that is no mark, so the later word counts. */
export function mergeReceipt(held: Receipt | undefined, next: Receipt): Receipt {
  if (!held) return next
  const isOlder = next.deliveredSeq < held.deliveredSeq || (next.deliveredSeq === held.deliveredSeq && isBehind(next.readSeq, held.readSeq))
  if (isOlder) return held
  if (next.deliveredSeq === held.deliveredSeq && next.readSeq === held.readSeq) return held
  const reads = next.readSeq !== null && isBehind(next.readSeq, held.readSeq) ? held : next
  const arrived = next.deliveredSeq > held.deliveredSeq ? next : held
  return { ...next, deliveredAt: arrived.deliveredAt, readSeq: reads.readSeq, readAt: reads.readAt }
}

const isBehind = (one: number | null, other: number | null): boolean => one !== null && other !== null && one < other

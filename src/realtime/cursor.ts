import type { Position } from '../ports/feed.ts'

// A cursor is a place in the change feed: the database's epoch and a snapshot, packed. The same for every viewer.

const form = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}) ([1-9]\d{0,18}:[1-9]\d{0,18}:(?:\d{1,19}(?:,\d{1,19})*)?)$/

export const encodeCursor = ({ epoch, snapshot }: Position): string => Buffer.from(`${epoch} ${snapshot}`).toString('base64url')

/** What a bigint of PostgreSQL holds. */
const mostTransactions = 2n ** 63n - 1n

/** The position that a cursor names, or null for what can't be one. */
export function decodeCursor(cursor: string): Position | null {
  if (cursor.length > 20_000) return null
  const [, epoch, snapshot] = form.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (!epoch || !snapshot || snapshot.split(/[:,]/).some((number) => BigInt(number || 0) > mostTransactions)) return null
  return { epoch, snapshot }
}

/** Whether a position lies in this history, and not ahead of it. */
export const isBehind = (position: Position, now: Position): boolean => position.epoch === now.epoch && upperEnd(position) <= upperEnd(now)

/** The first transaction that a snapshot knows nothing of. */
const upperEnd = ({ snapshot }: Position): bigint => BigInt(snapshot.split(':')[1]!)

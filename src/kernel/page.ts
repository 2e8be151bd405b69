import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { InvalidInput, type InputIssue } from './errors.ts'

// Paging by position: a cursor is the sort key of its row, so pages stay stable while rows come and go.

export type PageArgs = { first?: number | null; after?: string | null; last?: number | null; before?: string | null }

/** `take` rows beyond `after` or `before`; `backward` reads from the end. Keys have the types of the sort's columns. */
export type Page<Key> = { take: number; backward: boolean; after: Key | null; before: Key | null }

export type Connection<Row> = {
  edges: { cursor: string; node: Row }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

const presetSize = 50
const mostSize = 100

/** Checks the arguments, all mistakes at once. `parse` turns a cursor's parts into a key, null where they can't be one. */
export function pageOf<Key>(args: PageArgs, parse: (parts: unknown[]) => Key | null): Page<Key> {
  const issues: InputIssue[] = []
  const size = (path: 'first' | 'last') => {
    const value = args[path]
    if (value != null && (value < 0 || value > mostSize)) issues.push({ path, reason: `Must be from 0 to ${mostSize}.` })
    return value ?? null
  }
  const key = (path: 'after' | 'before') => {
    const cursor = args[path]
    if (cursor == null) return null
    const parsed = decodeCursor(cursor)
    const found = parsed && parse(parsed)
    if (!found)
      issues.push({ path, reason: 'Not a cursor of this list. Use `cursor` of an edge, or `startCursor` and `endCursor` of its pageInfo.' })
    return found
  }
  const first = size('first')
  const last = size('last')
  const after = key('after')
  const before = key('before')
  if (first !== null && last !== null) issues.push({ path: 'last', reason: 'Use either first or last.' })
  if (issues.length > 0) throw new InvalidInput(issues)
  return { take: first ?? last ?? presetSize, backward: last !== null, after, before }
}

/**
 * The connection of a page. `rows` were read in the page's own direction (backward: from the end), one more than `take` where
 * there are more.
 */
export function connectionOf<Row, Key>(page: Page<Key>, rows: readonly Row[], keyOf: (row: Row) => unknown[]): Connection<Row> {
  const more = rows.length > page.take
  const shown = rows.slice(0, page.take)
  if (page.backward) shown.reverse()
  const edges = shown.map((node) => ({ cursor: encodeCursor(keyOf(node)), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: page.backward ? page.before !== null : more,
      hasPreviousPage: page.backward ? more : page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

const encodeCursor = (key: unknown[]): string => encodeBase64url(JSON.stringify(key))

function decodeCursor(cursor: string): unknown[] | null {
  if (cursor.length > 500) return null
  try {
    const parsed: unknown = JSON.parse(decodeBase64url(cursor) ?? '')
    return Array.isArray(parsed) ? parsed : null
  } catch {
    return null
  }
}

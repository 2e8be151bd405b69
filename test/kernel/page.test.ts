import { describe, expect, it } from 'vitest'
import type { InvalidInput } from '../../src/kernel/errors.ts'
import { connectionOf, type PageArgs, pageOf } from '../../src/kernel/page.ts'

const rows = Array.from({ length: 10 }, (_, index) => index + 1)
const key = ([value]: unknown[]) => (typeof value === 'number' ? value : null)

/** What a store does: in the page's own direction, one more than it takes. */
function pick(args: PageArgs) {
  const page = pageOf(args, key)
  const inside = rows.filter((row) => row > (page.after ?? 0) && row < (page.before ?? 99))
  return connectionOf(page, (page.backward ? inside.toReversed() : inside).slice(0, page.take + 1), (row) => [row])
}
const nodes = (args: PageArgs) => pick(args).edges.map(({ node }) => node)
const cursor = (row: number) => pick({ first: 100 }).edges[row - 1]!.cursor

const issuesOf = (args: PageArgs) => {
  try {
    pick(args)
  } catch (error) {
    return (error as InvalidInput).issues.map(({ path }) => path)
  }
  return []
}

describe('pages', () => {
  it('go forward', () => {
    expect(nodes({ first: 3 })).toEqual([1, 2, 3])
    expect(nodes({ first: 3, after: cursor(3) })).toEqual([4, 5, 6])
    expect(pick({ first: 3 }).pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false, startCursor: cursor(1), endCursor: cursor(3) })
    expect(pick({ first: 3, after: cursor(7) }).pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  })

  it('go backward, in the same order', () => {
    expect(nodes({ last: 3 })).toEqual([8, 9, 10])
    expect(nodes({ last: 3, before: cursor(8) })).toEqual([5, 6, 7])
    expect(pick({ last: 3, before: cursor(8) }).pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
    expect(pick({ last: 9, before: cursor(4) }).pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
  })

  it('have 50 rows unless told otherwise, and may have none', () => {
    expect(pageOf({}, key).take).toBe(50)
    expect(pick({ first: 0 })).toEqual({
      edges: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
    })
  })

  it('say all that is wrong at once', () => {
    expect(issuesOf({ first: 101 })).toEqual(['first'])
    expect(issuesOf({ first: -1 })).toEqual(['first'])
    expect(issuesOf({ last: 101, before: 'broken' })).toEqual(['last', 'before'])
    expect(issuesOf({ first: 1, last: 1 })).toEqual(['last'])
    expect(issuesOf({ after: '', before: Buffer.from('["text"]').toString('base64url') })).toEqual(['after', 'before'])
    expect(issuesOf({ after: `${cursor(1)}\0`, before: `${cursor(2)}=` })).toEqual(['after', 'before'])
    expect(issuesOf({ after: 'x'.repeat(10_000) })).toEqual(['after'])
  })
})

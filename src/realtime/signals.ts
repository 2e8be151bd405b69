import type { Happening } from '../ports/feed.ts'

// What is told of the stream itself: nothing in the database.

export const signal = (type: string, rows: Record<string, unknown>): Happening => ({
  topic: '',
  type,
  entity: type,
  version: 0,
  subjects: [],
  rows,
})

export const revoked = (channelId: string, version: number): Happening => signal('AccessRevoked', { channelId, version })

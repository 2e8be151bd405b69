import type { Head } from '../ports/feed.ts'
import { noted, type Versions } from './versions.ts'

/** Which versions one person was told: `seen`, of what reaches them several ways; `past`, of what came with what they had missed. */
export type Known = { seen: Versions; past: Versions }

const most = 500
const comeSeveralWays = new Set(['UserChanged', 'UserDeleted', 'MembershipChanged', 'MemberLeft', 'PresenceChanged'])

/** The same change reaches a person by several topics: through each channel they share, and through their own. */
export function isNew(known: Known, head: Head): boolean {
  if (!comeSeveralWays.has(head.type)) return true
  if ((known.seen?.get(head.entity) ?? 0) >= head.version) return false
  known.seen = noted(known.seen, head, most)
  return true
}

/** The same of the past. It doesn't count on what is held back: that comes only after the cursor which the past ends with. */
export function isNewInPast(known: Known, head: Head): boolean {
  if (!comeSeveralWays.has(head.type)) return true
  if (wasMissed(known, head)) return false
  cameWithPast(known, head)
  isNew(known, head)
  return true
}

/** Whether the past told it in this version, or a later one. */
export const wasMissed = ({ past }: Known, { type, entity, version }: Head): boolean =>
  comeSeveralWays.has(type) && (past?.get(entity) ?? -1) >= version

export function cameWithPast(known: Known, head: Head): void {
  known.past = noted(known.past, head, most)
}

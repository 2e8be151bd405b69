/**
 * The last one comes at most 15 hours after the first: within the day in which the provider remembers a mail's key, so that what it
 * took without our hearing of it doesn't go twice.
 */
export const mostTries = 18

const longestMs = 3_600_000

/** Before this try: longer each time, but never shorter than was asked for, and spread, so that what failed together doesn't return together. */
export function pauseBefore(attempt: number, askedMs = 0, random = Math.random): number {
  const usual = Math.min(1_000 * 4 ** (attempt - 2), longestMs)
  return Math.round(Math.max(usual, askedMs) * (1 + random() / 4))
}

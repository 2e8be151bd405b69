import { units } from './duration.ts'

/** `amount` per `windowMs`, refilled steadily: what wasn't used of a whole window may go in one burst. */
export type Rate = { amount: number; windowMs: number }

/** Reads `5/h`, `10/15min`, `20/4s`; null for anything else. */
export function parseRate(text: string): Rate | null {
  const match = /^([1-9]\d{0,6})\/([1-9]\d{0,4})?(s|min|h|d)$/.exec(text)
  if (!match) return null
  return { amount: Number(match[1]), windowMs: Number(match[2] ?? 1) * units[match[3] as keyof typeof units] }
}

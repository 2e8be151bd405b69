export const units = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads `30s`, `10min`, `1h`, `2d`, in milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^([1-9]\d{0,4})(s|min|h|d)$/.exec(text)
  return match ? Number(match[1]) * units[match[2] as keyof typeof units] : null
}

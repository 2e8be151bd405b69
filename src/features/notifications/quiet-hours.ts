/** Local times such as 22:00 and 07:00; over midnight where `to` is before `from`. */
export type QuietHours = { from: string; to: string }

const minute = 60_000
const day = 1_440
/** By how much clocks are put forward or back at most, and then some. */
const mostShifted = 180

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const there = formats.get(timeZone)
  if (there) return there
  const made = formatIn(timeZone) ?? formatIn('UTC')!
  formats.set(timeZone, made)
  return made
}

/** Null for a place that this machine doesn't know, where another one did. */
function formatIn(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  } catch {
    return null
  }
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
const localMinutes = (at: number, timeZone: string): number => minutesOf(formatOf(timeZone).format(at))

/**
 * When quiet hours end that a point in time lies in; null where it lies in none. Where the clocks are put forward or back meanwhile, the
 * clock on the wall counts.
 */
export function quietUntil(now: Date, { from, to }: QuietHours, timeZone: string): Date | null {
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  const isQuiet = (at: number) => {
    const local = localMinutes(at, timeZone)
    return begin < end ? begin <= local && local < end : begin !== end && (local >= begin || local < end)
  }
  if (!isQuiet(now.getTime())) return null
  const start = Math.floor(now.getTime() / minute) * minute
  const left = (end - localMinutes(start, timeZone) + day) % day || day
  let at = start + Math.max(1, left - mostShifted) * minute
  while (isQuiet(at)) at += minute
  return new Date(at)
}

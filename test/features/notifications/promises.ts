import { type Mail, type Person, policy } from './model.ts'

// What is promised of mails, found from what happened alone.

/** When somebody was seen, and up to where they had read a conversation by then. */
export type Seen = { userId: string; at: Date; channelId?: string; readSeq?: number }

const day = 86_400_000

const localMinutes = (at: Date, timeZone: string): number => {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', minute: 'numeric', hourCycle: 'h23' }).formatToParts(at)
  const value = (type: string) => Number(parts.find((part) => part.type === type)!.value)
  return value('hour') * 60 + value('minute')
}
const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

function isQuiet({ quietHours, timeZone }: Person, at: Date): boolean {
  if (!quietHours) return false
  const [from, to, local] = [minutes(quietHours.from), minutes(quietHours.to), localMinutes(at, timeZone)]
  return from < to ? local >= from && local < to : local >= from || local < to
}

/** What of it wasn't kept, in words; `isOnlineAt` says who was here when each mail was written. */
export function broken(people: readonly Person[], mails: readonly (Mail & { wasOnline: boolean })[], seen: readonly Seen[]): string[] {
  const wrong: string[] = []
  for (const person of people) {
    const own = mails.filter(({ userId }) => userId === person.id)
    const times = seen.filter(({ userId }) => userId === person.id)
    const lastOf = new Map<string, { at: Date; since: number }>()
    for (const { at, about, wasOnline } of own) {
      const say = (what: string) => wrong.push(`${person.id} ${at.toISOString()}: ${what}`)
      if (wasOnline) say('was online')
      if (isQuiet(person, at)) say('within quiet hours')
      if (person.emailNotifications === 'NONE') say('wants no mails')
      const lately = own.filter((other) => other.at <= at && other.at.getTime() > at.getTime() - day)
      if (lately.length > policy.mailsPerDay) say(`${lately.length} mails in a day`)
      for (const { channelId, seqs } of about) {
        const read = Math.max(0, ...times.filter((one) => one.channelId === channelId && one.at <= at).map(({ readSeq = 0 }) => readSeq))
        if (seqs.some((seq) => seq <= read)) say(`about what was read in ${channelId}`)
        const last = lastOf.get(channelId)
        const cameBack = last && times.some((one) => one.at > last.at && one.at <= at)
        const since = last && !cameBack ? last.since + 1 : 1
        if (last && !cameBack) {
          const distance = policy.distancesMs[Math.min(last.since, policy.distancesMs.length) - 1]!
          if (at.getTime() - last.at.getTime() < distance)
            say(`mailed about ${channelId} ${(at.getTime() - last.at.getTime()) / 60_000} min before`)
        }
        lastOf.set(channelId, { at, since })
      }
    }
  }
  return wrong
}

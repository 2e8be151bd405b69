import type { EmailNotifications } from '../../../src/generated/prisma/client.ts'
import { type Channel, createModel, type Mail, type Person } from './model.ts'
import type { Seen } from './promises.ts'

// A week of random talk among fifty people, minute by minute.

const minute = 60_000
const hour = 60

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function liveThrough(seed: number, { size = 50, days = 7 } = {}) {
  const random = randomOf(seed)
  const pick = <One>(of: readonly One[]): One => of[Math.floor(random() * of.length)]!
  const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC']

  const people: Person[] = Array.from({ length: size }, (_, n) => ({
    id: `p${n}`,
    emailNotifications: pick<EmailNotifications>(['ALL', 'MENTIONS_AND_DIRECT', 'MENTIONS_AND_DIRECT', 'NONE']),
    quietHours: random() < 0.5 ? { from: '22:00', to: '07:00' } : null,
    timeZone: pick(zones),
  }))
  const some = (count: number) => [...new Set(Array.from({ length: count }, () => pick(people).id))]
  const channels: Channel[] = [
    ...Array.from({ length: size }, (_, n) => ({
      id: `d${n}`,
      kind: 'DIRECT' as const,
      members: [people[n]!.id, people[(n * 7 + 3) % size]!.id],
      level: () => 'ALL' as const,
    })),
    ...Array.from({ length: 10 }, (_, n) => ({ id: `g${n}`, kind: 'GROUP' as const, members: some(12), level: () => 'ALL' as const })),
    ...Array.from({ length: 3 }, (_, n) => ({
      id: `c${n}`,
      kind: 'PUBLIC' as const,
      members: people.map(({ id }) => id),
      level: () => 'MENTIONS' as const,
    })),
  ]
  const channelsOf = new Map(people.map(({ id }) => [id, channels.filter(({ members }) => members.includes(id))]))

  // Who is here when: some hours of each day, in pieces; one in eight is away for all of the week.
  const here = new Map<string, { from: number; to: number }[]>()
  for (const { id } of people) {
    const isAway = random() < 0.125
    const pieces = Array.from({ length: isAway ? 0 : days }, (_, day) =>
      Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
        const from = day * 24 * hour + Math.floor((7 + random() * 15) * hour)
        return { from, to: from + 5 + Math.floor(random() * 80) }
      }),
    )
    here.set(id, pieces.flat())
  }

  const model = createModel(people, channels)
  const seen: Seen[] = []
  const mails: (Mail & { wasOnline: boolean })[] = []
  /** Since when something waits that is to be mailed, by person. */
  const waits = new Map<string, { since: Date; channelId: string; seq: number }[]>()
  const begin = Date.UTC(2026, 2, 26)
  let [said, longest] = [0, 0]

  for (let t = 0; t < days * 24 * hour; t++) {
    const now = new Date(begin + t * minute)
    for (const { id } of people) {
      const isHere = here.get(id)!.some(({ from, to }) => from <= t && t < to)
      if (isHere || model.isOnline(id)) seen.push({ userId: id, at: now })
      model.be(id, isHere, now)
      if (!isHere) continue
      waits.delete(id)
      const own = channelsOf.get(id)!
      if (random() < 0.15) {
        const channel = pick(own)
        model.read(channel, id, now)
        seen.push({ userId: id, at: now, channelId: channel.id, readSeq: model.last(channel.id) })
      }
      if (random() > 0.2) continue
      const channel = pick(own)
      const chance = random()
      const named = channel.kind !== 'DIRECT' && chance < 0.2 ? [pick(channel.members)] : []
      const answers =
        chance > 0.75 && model.last(channel.id) > 0 ? Math.max(1, model.last(channel.id) - Math.floor(random() * 5)) : undefined
      const seq = model.say(channel, id, now, { mentioned: named, ...(answers && { answers }) })
      seen.push({ userId: id, at: now, channelId: channel.id, readSeq: seq })
      said++
      const concerned = channel.kind === 'DIRECT' ? channel.members : named
      for (const userId of concerned) {
        const { emailNotifications } = people.find((one) => one.id === userId)!
        if (userId !== id && emailNotifications !== 'NONE' && !model.isOnline(userId))
          waits.set(userId, [...(waits.get(userId) ?? []), { since: now, channelId: channel.id, seq }])
      }
    }
    const before = model.mails.length
    model.tick(now)
    for (const mail of model.mails.slice(before)) {
      mails.push({ ...mail, wasOnline: model.isOnline(mail.userId) })
      const about = new Set(mail.about.map(({ channelId }) => channelId))
      const left = (waits.get(mail.userId) ?? []).filter(({ since, channelId }) => {
        if (about.has(channelId)) longest = Math.max(longest, now.getTime() - since.getTime())
        return !about.has(channelId)
      })
      waits.set(mail.userId, left)
    }
  }

  const perDay = people.map(({ id }) => mails.filter(({ userId }) => userId === id).length / days)
  const mostInADay = Math.max(
    ...mails.map(
      ({ userId, at }) => mails.filter((other) => other.userId === userId && other.at <= at && +other.at > +at - 86_400_000).length,
    ),
  )
  // Whoever still waits at the end has waited until then.
  const end = begin + days * 24 * hour * minute
  const waiting = Math.max(0, ...[...waits.values()].flat().map(({ since }) => end - since.getTime()))
  return {
    people,
    mails,
    seen,
    figures: {
      people: size,
      days,
      messages: said,
      notifications: model.listed(),
      mails: mails.length,
      conversationsPerMail: mails.reduce((sum, { about }) => sum + about.length, 0) / mails.length,
      mailsPerPersonAndDay: mails.length / size / days,
      mostPerPersonAndDay: Math.max(...perDay),
      mostIn24Hours: mostInADay,
      longestSilenceHours: Math.max(longest, waiting) / 3_600_000,
    },
  }
}

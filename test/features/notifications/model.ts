import type { ChannelKind, EmailNotifications, NotificationLevel } from '../../../src/generated/prisma/client.ts'
import { decide, type Said } from '../../../src/features/notifications/decide.ts'
import {
  type MailedConversation,
  type MailPolicy,
  mailed,
  neverMailed,
  planMail,
  within24Hours,
} from '../../../src/features/notifications/mail-times.ts'
import type { QuietHours } from '../../../src/features/notifications/quiet-hours.ts'

// What the notifier does, with the same rules, without a database: to live through a week in seconds.

export type Person = {
  id: string
  emailNotifications: EmailNotifications
  quietHours: QuietHours | null
  timeZone: string
}
export type Channel = { id: string; kind: ChannelKind; members: readonly string[]; level: (userId: string) => NotificationLevel }
export type Mail = { userId: string; at: Date; about: { channelId: string; seqs: number[] }[] }

type Message = Said & { mentioned: ReadonlySet<string>; answered: string | null }
type Place = { readSeq: number; conversation: MailedConversation }

export const policy: MailPolicy = { afterMs: 120_000, distancesMs: [600_000, 3_600_000, 86_400_000], mailsPerDay: 6 }

export function createModel(people: readonly Person[], channels: readonly Channel[]) {
  const personOf = new Map(people.map((person) => [person.id, person]))
  const messages = new Map(channels.map(({ id }) => [id, [] as Message[]]))
  const places = new Map<string, Place>()
  const online = new Set<string>()
  const seenAt = new Map<string, Date>()
  const mailsOf = new Map<string, Date[]>()
  const dueAt = new Map<string, Date>()
  const mails: Mail[] = []
  let listed = 0

  const placeOf = (channelId: string, userId: string): Place => {
    const key = `${channelId} ${userId}`
    const place = places.get(key) ?? { readSeq: 0, conversation: neverMailed }
    places.set(key, place)
    return place
  }

  const standing = (userId: string) => ({
    isOnline: online.has(userId),
    seenAt: seenAt.get(userId) ?? null,
    mails: mailsOf.get(userId) ?? [],
  })

  function decideFor(channel: Channel, message: Message, userId: string, now: Date) {
    const { emailNotifications, quietHours, timeZone } = personOf.get(userId)!
    return decide(
      message,
      {
        userId,
        seat: { historyFrom: 1, level: channel.level(userId), mutedUntil: null },
        isMentioned: message.mentioned.has(userId),
        isAnswered: message.answered === userId,
        account: { emailNotifications, hasVerifiedEmail: true, pushNotifications: true, quietHours, timeZone },
      },
      { ...standing(userId), ...placeOf(channel.id, userId), now, policy },
    )
  }

  /** For all others the answer is nothing, without asking. */
  const mayConcern = ({ kind, level }: Channel, { mentioned, answered }: Message, userId: string) =>
    kind === 'DIRECT' || level(userId) === 'ALL' || mentioned.has(userId) || answered === userId

  function mail(userId: string, now: Date): void {
    const { quietHours, timeZone } = personOf.get(userId)!
    const waiting = channels.flatMap((channel) => {
      const place = placeOf(channel.id, userId)
      if (!channel.members.includes(userId) || place.conversation.waitingSince === null) return []
      const said = messages.get(channel.id)!
      const reasons = said
        .slice(Math.max(place.readSeq, place.conversation.mailedSeq))
        .filter((message) => mayConcern(channel, message, userId) && decideFor(channel, message, userId, now).at.EMAIL !== null)
      if (reasons.length === 0) place.conversation = { ...place.conversation, waitingSince: null }
      return reasons.length > 0 ? [{ channelId: channel.id, conversation: place.conversation, reasons, lastSeq: said.length }] : []
    })
    const person = { ...standing(userId), quietHours, timeZone }
    const { channelIds, nextAt } = planMail(waiting, person, now, policy)
    if (nextAt) dueAt.set(userId, nextAt)
    else dueAt.delete(userId)
    const told = waiting.filter(({ channelId }) => channelIds.includes(channelId))
    if (told.length === 0) return
    for (const { channelId, conversation, lastSeq } of told)
      placeOf(channelId, userId).conversation = mailed(conversation, person, now, lastSeq)
    mailsOf.set(userId, [...within24Hours(person.mails, now), now])
    mails.push({ userId, at: now, about: told.map(({ channelId, reasons }) => ({ channelId, seqs: reasons.map(({ seq }) => seq) })) })
  }

  return {
    mails: mails as readonly Mail[],
    listed: () => listed,

    say(
      channel: Channel,
      senderId: string,
      now: Date,
      { mentioned = [], answers }: { mentioned?: readonly string[]; answers?: number } = {},
    ): number {
      const said = messages.get(channel.id)!
      const seq = said.length + 1
      const message: Message = {
        channelId: channel.id,
        seq,
        kind: 'TEXT',
        senderId,
        createdAt: now,
        isDeleted: false,
        channelKind: channel.kind,
        mentioned: new Set(mentioned),
        answered: answers ? (said[answers - 1]?.senderId ?? null) : null,
      }
      said.push(message)
      placeOf(channel.id, senderId).readSeq = seq
      seenAt.set(senderId, now)
      for (const userId of channel.members) {
        if (!mayConcern(channel, message, userId)) continue
        const place = placeOf(channel.id, userId)
        const { kind, at } = decideFor(channel, message, userId, now)
        if (kind && at.IN_APP) listed++
        if (!at.EMAIL) continue
        place.conversation = { ...place.conversation, waitingSince: place.conversation.waitingSince ?? now }
        const due = dueAt.get(userId)
        if (!due || due > at.EMAIL) dueAt.set(userId, at.EMAIL)
      }
      return seq
    },

    read(channel: Channel, userId: string, now: Date): void {
      placeOf(channel.id, userId).readSeq = messages.get(channel.id)!.length
      seenAt.set(userId, now)
    },

    /** Here or gone; whoever is here is seen. */
    be(userId: string, isHere: boolean, now: Date): void {
      if (isHere || online.has(userId)) seenAt.set(userId, now)
      if (isHere) online.add(userId)
      else online.delete(userId)
    },

    /** Everyone who is due. */
    tick(now: Date): void {
      for (const [userId, due] of [...dueAt]) if (due <= now) mail(userId, now)
    },

    isOnline: (userId: string) => online.has(userId),
    readSeq: (channelId: string, userId: string) => placeOf(channelId, userId).readSeq,
    last: (channelId: string) => messages.get(channelId)!.length,
  }
}

export type Model = ReturnType<typeof createModel>

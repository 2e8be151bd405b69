import { type QuietHours, quietUntil } from './quiet-hours.ts'

/** When mails about conversations may go: the settings NOTIFY_MAIL_AFTER, NOTIFY_MAIL_DISTANCES and NOTIFY_MAILS_PER_DAY. */
export type MailPolicy = {
  /** For so long a message may be unread before anyone is mailed about it. */
  afterMs: number
  /** Between the mails about one conversation, as long as its reader stays away: after the first, after the second … the last for all others. */
  distancesMs: readonly number[]
  /** Mails in 24 hours to one person, about all conversations together. */
  mailsPerDay: number
}

/** What one person was mailed about one conversation. `step`: how many mails since they were here last. */
export type MailedConversation = { waitingSince: Date | null; mailedAt: Date | null; mailedSeq: number; step: number }

export const neverMailed: MailedConversation = { waitingSince: null, mailedAt: null, mailedSeq: 0, step: 0 }

/** What of a person says when they may be mailed. */
export type MailedPerson = {
  isOnline: boolean
  /** When they were here last, as far as that is known: read something, or did anything. */
  seenAt: Date | null
  /** The mails of the last 24 hours. */
  mails: readonly Date[]
  quietHours: QuietHours | null
  timeZone: string
}

export type TimeRule = 'ONLINE' | 'WAITING_FOR_BATCH' | 'DISTANCE' | 'BUDGET_USED_UP' | 'QUIET_HOURS'

const hour = 3_600_000
const day = 24 * hour

/** Nobody was mailed in an hour: such times are of a clock that went wrong. */
const canBe = (mailedAt: Date, now: Date): boolean => mailedAt.getTime() <= now.getTime() + hour

/** As far as it can be: whom a clock that went wrong has mailed counts as one who wasn't. */
export const believable = <Conversation extends MailedConversation>(conversation: Conversation, now: Date): Conversation =>
  conversation.mailedAt === null || canBe(conversation.mailedAt, now) ? conversation : { ...conversation, mailedAt: null, step: 0 }

/** Mails about a conversation since its reader was here last. */
export const stepOf = ({ mailedAt, step }: MailedConversation, { seenAt }: Pick<MailedPerson, 'seenAt'>): number =>
  mailedAt !== null && seenAt !== null && seenAt > mailedAt ? 0 : step

/** Those mails that count against the budget at this time. */
export const within24Hours = (mails: readonly Date[], at: Date): Date[] =>
  mails.filter((mail) => mail.getTime() > at.getTime() - day && canBe(mail, at))

/** Not before this: so far away is the next mail about a conversation, however much waits. */
export function distanceEnds(conversation: MailedConversation, person: MailedPerson, { distancesMs }: MailPolicy): Date | null {
  const step = stepOf(conversation, person)
  if (step === 0 || conversation.mailedAt === null || distancesMs.length === 0) return null
  return new Date(conversation.mailedAt.getTime() + distancesMs[Math.min(step, distancesMs.length) - 1]!)
}

/** When someone may be mailed about a conversation, `now` at the earliest, and which rules put it off, in order. */
export function mailTime(
  conversation: MailedConversation,
  person: MailedPerson,
  now: Date,
  policy: MailPolicy,
): { at: Date; rules: TimeRule[] } {
  const rules: TimeRule[] = []
  let at = now
  const notBefore = (time: Date | null, rule: TimeRule) => {
    if (time === null || time <= at) return
    rules.push(rule)
    at = time
  }
  // Whoever is here is asked about again; what they see, they needn't be mailed.
  if (person.isOnline) notBefore(new Date(now.getTime() + Math.max(policy.afterMs, 1_000)), 'ONLINE')
  notBefore(new Date((conversation.waitingSince ?? now).getTime() + policy.afterMs), 'WAITING_FOR_BATCH')
  notBefore(distanceEnds(conversation, person, policy), 'DISTANCE')
  const counted = within24Hours(person.mails, at)
  const oldest = counted.toSorted((one, other) => other.getTime() - one.getTime())[policy.mailsPerDay - 1]
  if (oldest) notBefore(new Date(oldest.getTime() + day), 'BUDGET_USED_UP')
  if (person.quietHours) notBefore(quietUntil(at, person.quietHours, person.timeZone), 'QUIET_HOURS')
  return { at, rules }
}

/** A conversation with something to be mailed about. */
export type Waiting = { channelId: string; conversation: MailedConversation }

/**
 * Which of these conversations one mail is about now; none where it isn't time. One of them has to be due; then all go along but those
 * that were mailed too lately. `nextAt`: when to look again at what then still waits.
 */
export function planMail(
  waiting: readonly Waiting[],
  person: MailedPerson,
  now: Date,
  policy: MailPolicy,
): { channelIds: string[]; nextAt: Date | null } {
  const isDue = waiting.some(({ conversation }) => mailTime(conversation, person, now, policy).at <= now)
  const ready = ({ conversation }: Waiting) => (distanceEnds(conversation, person, policy) ?? now) <= now
  const channelIds = isDue ? waiting.filter(ready).map(({ channelId }) => channelId) : []
  const left = isDue ? waiting.filter((one) => !ready(one)) : waiting
  const after = isDue ? { ...person, mails: [...person.mails, now] } : person
  const times = left.map(({ conversation }) => mailTime(conversation, after, now, policy).at.getTime())
  return { channelIds, nextAt: times.length > 0 ? new Date(Math.min(...times)) : null }
}

type Seen = Pick<MailedPerson, 'seenAt'>

/** What is known of it once it was mailed: told of all up to `seq`, nothing waits, and the next one is further away. */
export const mailed = (conversation: MailedConversation, person: Seen, at: Date, seq: number): MailedConversation => ({
  ...mailedMaybe(conversation, person, at),
  waitingSince: null,
  mailedSeq: Math.max(seq, conversation.mailedSeq),
})

/** Where nobody knows whether that mail went: the next one is further away, and says what this one did. */
export const mailedMaybe = (conversation: MailedConversation, person: Seen, at: Date): MailedConversation => ({
  ...conversation,
  mailedAt: at,
  step: stepOf(conversation, person) + 1,
})

import type { ChannelKind, EmailNotifications, MessageKind, NotificationKind, NotificationLevel } from '../../generated/prisma/client.ts'
import { type MailedConversation, type MailedPerson, type MailPolicy, mailTime } from './mail-times.ts'
import { type QuietHours, quietUntil } from './quiet-hours.ts'

// Who hears of a message, by which way, and when: one pure function, and the rules it went by.

export type Said = {
  channelId: string
  seq: number
  kind: MessageKind
  senderId: string
  createdAt: Date
  /** It, or its channel. */
  isDeleted: boolean
  channelKind: ChannelKind
}

export type Recipient = {
  userId: string
  /** As a member; null for whoever isn't one, or is one no more. */
  seat: { historyFrom: number; level: NotificationLevel; mutedUntil: Date | null } | null
  isMentioned: boolean
  /** The message answers one of theirs. */
  isAnswered: boolean
  /** Null where it is deleted. */
  account: {
    emailNotifications: EmailNotifications
    hasVerifiedEmail: boolean
    pushNotifications: boolean
    quietHours: QuietHours | null
    timeZone: string
  } | null
}

export type State = Pick<MailedPerson, 'isOnline' | 'seenAt' | 'mails'> & {
  now: Date
  readSeq: number
  conversation: MailedConversation
  policy: MailPolicy
}

/** In-app is the list of notifications. PUSH is for hooks (hooks.ts), and for whoever sends pushes (ports/push.ts): nobody yet. */
export const ways = ['IN_APP', 'EMAIL', 'PUSH'] as const
export type Way = (typeof ways)[number]

/** What it came by, in words for whoever asks why. */
export const ruleTexts = {
  SYSTEM_MESSAGE: 'The server says it: it is in the conversation, and nobody is notified.',
  DELETED: 'The message, or its channel, is deleted.',
  OWN_MESSAGE: 'They wrote it themselves.',
  ACCOUNT_DELETED: 'Their account is deleted.',
  NOT_A_MEMBER: 'They are not in the channel, or no longer.',
  BEFORE_HISTORY: 'It was said before what they may see.',
  MENTION: 'It names them.',
  REPLY: 'It answers a message of theirs.',
  DIRECT: 'It is said in a direct conversation.',
  MUTED: 'They have muted the channel.',
  LEVEL_NONE: 'Their level in the channel is NONE.',
  LEVEL_MENTIONS: 'Their level in the channel is MENTIONS, and it neither names nor answers them.',
  LEVEL_ALL: 'Their level in the channel is ALL: any unread message interrupts.',
  READ_ALREADY: 'They have read it.',
  PUSH_SETTING: 'They want nothing pushed to devices.',
  EMAIL_SETTING: 'Their settings leave it out of mails.',
  NO_VERIFIED_EMAIL: 'They have no e-mail address that is known to be theirs.',
  MAILED_ALREADY: 'They were mailed about it.',
  ONLINE: 'They are online: it may be read by itself.',
  WAITING_FOR_BATCH: 'It waits for a while, to be read, or for what else comes.',
  DISTANCE: 'They were mailed about this conversation lately, and have not been here since.',
  BUDGET_USED_UP: 'They have got as many mails as a day may bring.',
  QUIET_HOURS: 'It is within their quiet hours.',
} as const
export type Rule = keyof typeof ruleTexts

/** `way`: the one it is about; null for all of them. */
export type Fired = { rule: Rule; way: Way | null }

/** As what a message is listed. */
export type Kind = Exclude<NotificationKind, 'ADDED_TO_CHANNEL'>

/** When by each way: a point in time, now where that isn't ahead; null for never. */
export type Decision = { kind: Kind | null; at: Record<Way, Date | null>; rules: Fired[] }

const never = { IN_APP: null, EMAIL: null, PUSH: null }

export function decide(message: Said, recipient: Recipient, state: State): Decision {
  const rules: Fired[] = []
  const fired = (rule: Rule, way: Way | null = null) => void rules.push({ rule, way })
  const nothing = (rule: Rule): Decision => {
    fired(rule)
    return { kind: null, at: never, rules }
  }

  const { seat, account, isMentioned, isAnswered } = recipient
  const { now } = state
  if (message.kind === 'SYSTEM') return nothing('SYSTEM_MESSAGE')
  if (message.isDeleted) return nothing('DELETED')
  if (message.senderId === recipient.userId) return nothing('OWN_MESSAGE')
  if (!account) return nothing('ACCOUNT_DELETED')
  if (!seat) return nothing('NOT_A_MEMBER')
  if (message.seq < seat.historyFrom) return nothing('BEFORE_HISTORY')

  const fits: Rule | null = isMentioned ? 'MENTION' : isAnswered ? 'REPLY' : message.channelKind === 'DIRECT' ? 'DIRECT' : null
  if (fits) fired(fits)
  const isNamed = isMentioned || isAnswered
  if (seat.mutedUntil && seat.mutedUntil > now) return nothing('MUTED')
  if (seat.level === 'NONE') return nothing('LEVEL_NONE')
  if (seat.level === 'MENTIONS' && !isNamed) return nothing('LEVEL_MENTIONS')
  if (!isNamed) fired('LEVEL_ALL')

  const kind = (fits && kinds[fits]) ?? null
  if (state.readSeq >= message.seq) {
    fired('READ_ALREADY')
    // What names someone is listed all the same, as read; a conversation is only while it is unread.
    return { kind, at: { ...never, IN_APP: isNamed ? now : null }, rules }
  }
  return {
    kind,
    at: { IN_APP: kind && now, PUSH: pushTime(account, state, fired), EMAIL: emailTime(message, account, fits !== null, state, fired) },
    rules,
  }
}

const kinds: Partial<Record<Rule, Kind>> = {
  MENTION: 'MENTION',
  REPLY: 'REPLY',
  DIRECT: 'DIRECT_MESSAGE',
}

/** That somebody added them to a channel. It is listed whatever they chose there, and nobody is mailed about it. */
export function decideAdded(settings: PushSettings, state: Pick<State, 'isOnline' | 'now'>): Pick<Decision, 'at' | 'rules'> {
  const rules: Fired[] = []
  const PUSH = pushTime(settings, state, (rule, way) => void rules.push({ rule, way }))
  return { at: { IN_APP: state.now, EMAIL: null, PUSH }, rules }
}

type Account = NonNullable<Recipient['account']>
export type PushSettings = Pick<Account, 'pushNotifications' | 'quietHours' | 'timeZone'>
type Fire = (rule: Rule, way: Way) => void

/** Now, or after the quiet hours. Whoever is looking needs none. */
function pushTime(
  { pushNotifications, quietHours, timeZone }: PushSettings,
  { isOnline, now }: Pick<State, 'isOnline' | 'now'>,
  fired: Fire,
): Date | null {
  const not = (rule: Rule) => {
    fired(rule, 'PUSH')
    return null
  }
  if (!pushNotifications) return not('PUSH_SETTING')
  if (isOnline) return not('ONLINE')
  const quietEnds = quietHours && quietUntil(now, quietHours, timeZone)
  if (quietEnds) fired('QUIET_HOURS', 'PUSH')
  return quietEnds ?? now
}

function emailTime(message: Said, account: Account, isForThem: boolean, state: State, fired: Fire): Date | null {
  const not = (rule: Rule) => {
    fired(rule, 'EMAIL')
    return null
  }
  const { emailNotifications, hasVerifiedEmail, quietHours, timeZone } = account
  if (emailNotifications === 'NONE' || (emailNotifications === 'MENTIONS_AND_DIRECT' && !isForThem)) return not('EMAIL_SETTING')
  if (!hasVerifiedEmail) return not('NO_VERIFIED_EMAIL')
  const { conversation, now, policy, isOnline, seenAt, mails } = state
  if (conversation.mailedSeq >= message.seq) return not('MAILED_ALREADY')
  const since = { ...conversation, waitingSince: conversation.waitingSince ?? message.createdAt }
  const { at, rules } = mailTime(since, { isOnline, seenAt, mails, quietHours, timeZone }, now, policy)
  for (const rule of rules) fired(rule, 'EMAIL')
  return at
}

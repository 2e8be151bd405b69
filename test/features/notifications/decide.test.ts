import { describe, expect, it } from 'vitest'
import { decide, type Recipient, type Said, type State } from '../../../src/features/notifications/decide.ts'
import { neverMailed } from '../../../src/features/notifications/mail-times.ts'

// Who hears of a message, by table: what is said of a case is what makes it another one than the plain one.

const now = new Date('2026-11-25T12:00:00Z')
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
const account = {
  emailNotifications: 'ALL' as const,
  hasVerifiedEmail: true,
  pushNotifications: true,
  quietHours: null,
  timeZone: 'UTC',
}
const seat = { historyFrom: 1, level: 'ALL' as const, mutedUntil: null }
const message: Said = { channelId: 'c', seq: 5, kind: 'TEXT', senderId: 'ada', createdAt: now, isDeleted: false, channelKind: 'GROUP' }
const bob: Recipient = { userId: 'bob', seat, isMentioned: false, isAnswered: false, account }
const state: State = {
  now,
  readSeq: 0,
  isOnline: false,
  seenAt: null,
  mails: [],
  conversation: neverMailed,
  policy: { afterMs: 120_000, distancesMs: [600_000, 3_600_000, 86_400_000], mailsPerDay: 6 },
}

type Case = { said?: Partial<Said>; to?: Partial<Recipient>; as?: Partial<State> }
type Expected = { kind?: string | null; IN_APP?: Date | null; PUSH?: Date | null; EMAIL?: Date | null; rules: string[] }
const nothing = (rule: string): Expected => ({ kind: null, IN_APP: null, PUSH: null, EMAIL: null, rules: [rule] })
const soon = at(2)
const mention = { isMentioned: true }

const mailed = (minutesAgo: number, step: number, more: object = {}) => ({
  ...neverMailed,
  mailedAt: at(-minutesAgo),
  mailedSeq: 4,
  step,
  ...more,
})

const cases: [string, Case, Expected][] = [
  ['a message in a group', {}, { kind: null, IN_APP: null, PUSH: now, EMAIL: soon, rules: ['LEVEL_ALL', 'EMAIL WAITING_FOR_BATCH'] }],
  ['what the server says', { said: { kind: 'SYSTEM' }, to: mention }, nothing('SYSTEM_MESSAGE')],
  ['a deleted one', { said: { isDeleted: true }, to: mention }, nothing('DELETED')],
  ['their own', { said: { senderId: 'bob' }, to: mention }, nothing('OWN_MESSAGE')],
  ['an account that is deleted', { to: { account: null, ...mention } }, nothing('ACCOUNT_DELETED')],
  ['a former member', { to: { seat: null, ...mention } }, nothing('NOT_A_MEMBER')],
  ['before their history', { to: { seat: { ...seat, historyFrom: 6 }, ...mention } }, nothing('BEFORE_HISTORY')],
  [
    'at its beginning',
    { to: { seat: { ...seat, historyFrom: 5 }, ...mention } },
    { kind: 'MENTION', rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH'] },
  ],

  ['a mention', { to: mention }, { kind: 'MENTION', IN_APP: now, PUSH: now, EMAIL: soon, rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH'] }],
  ['an answer', { to: { isAnswered: true } }, { kind: 'REPLY', IN_APP: now, rules: ['REPLY', 'EMAIL WAITING_FOR_BATCH'] }],
  ['both', { to: { isMentioned: true, isAnswered: true } }, { kind: 'MENTION', rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH'] }],
  [
    'a direct one',
    { said: { channelKind: 'DIRECT' } },
    { kind: 'DIRECT_MESSAGE', IN_APP: now, rules: ['DIRECT', 'LEVEL_ALL', 'EMAIL WAITING_FOR_BATCH'] },
  ],
  [
    'a direct one that names them',
    { said: { channelKind: 'DIRECT' }, to: mention },
    { kind: 'MENTION', rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH'] },
  ],

  ['muted', { to: { seat: { ...seat, mutedUntil: at(1) }, ...mention } }, { ...nothing('MUTED'), rules: ['MENTION', 'MUTED'] }],
  [
    'muted no more',
    { to: { seat: { ...seat, mutedUntil: now }, ...mention } },
    { kind: 'MENTION', rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH'] },
  ],
  ['level NONE', { to: { seat: { ...seat, level: 'NONE' }, ...mention } }, { ...nothing('LEVEL_NONE'), rules: ['MENTION', 'LEVEL_NONE'] }],
  ['level MENTIONS', { to: { seat: { ...seat, level: 'MENTIONS' } } }, nothing('LEVEL_MENTIONS')],
  [
    'level MENTIONS, direct',
    { said: { channelKind: 'DIRECT' }, to: { seat: { ...seat, level: 'MENTIONS' } } },
    { ...nothing(''), rules: ['DIRECT', 'LEVEL_MENTIONS'] },
  ],
  [
    'level MENTIONS, named',
    { to: { seat: { ...seat, level: 'MENTIONS' }, ...mention } },
    { kind: 'MENTION', EMAIL: soon, rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH'] },
  ],

  ['read already', { as: { readSeq: 5 } }, { ...nothing(''), rules: ['LEVEL_ALL', 'READ_ALREADY'] }],
  [
    'named, and read already',
    { to: mention, as: { readSeq: 5 } },
    { kind: 'MENTION', IN_APP: now, PUSH: null, EMAIL: null, rules: ['MENTION', 'READ_ALREADY'] },
  ],
  [
    'direct, and read already',
    { said: { channelKind: 'DIRECT' }, as: { readSeq: 5 } },
    { IN_APP: null, EMAIL: null, rules: ['DIRECT', 'LEVEL_ALL', 'READ_ALREADY'] },
  ],

  [
    'online',
    { to: mention, as: { isOnline: true } },
    { IN_APP: now, PUSH: null, EMAIL: soon, rules: ['MENTION', 'PUSH ONLINE', 'EMAIL ONLINE'] },
  ],
  [
    'nothing on devices',
    { to: { account: { ...account, pushNotifications: false } } },
    { PUSH: null, EMAIL: soon, rules: ['LEVEL_ALL', 'PUSH PUSH_SETTING', 'EMAIL WAITING_FOR_BATCH'] },
  ],
  [
    'no mails',
    { to: { account: { ...account, emailNotifications: 'NONE' }, ...mention } },
    { PUSH: now, EMAIL: null, rules: ['MENTION', 'EMAIL EMAIL_SETTING'] },
  ],
  [
    'only what is for them',
    { to: { account: { ...account, emailNotifications: 'MENTIONS_AND_DIRECT' } } },
    { EMAIL: null, rules: ['LEVEL_ALL', 'EMAIL EMAIL_SETTING'] },
  ],
  [
    'only what is for them, direct',
    { said: { channelKind: 'DIRECT' }, to: { account: { ...account, emailNotifications: 'MENTIONS_AND_DIRECT' } } },
    { EMAIL: soon, rules: ['DIRECT', 'LEVEL_ALL', 'EMAIL WAITING_FOR_BATCH'] },
  ],
  [
    'no address',
    { to: { account: { ...account, hasVerifiedEmail: false }, ...mention } },
    { EMAIL: null, rules: ['MENTION', 'EMAIL NO_VERIFIED_EMAIL'] },
  ],
  [
    'mailed about',
    { to: mention, as: { conversation: mailed(1, 1, { mailedSeq: 5 }) } },
    { EMAIL: null, rules: ['MENTION', 'EMAIL MAILED_ALREADY'] },
  ],

  ['two minutes later', { said: { createdAt: at(-2) }, to: mention }, { EMAIL: now, rules: ['MENTION'] }],
  [
    'waiting together',
    { to: mention, as: { conversation: { ...neverMailed, waitingSince: at(-1) } } },
    { EMAIL: at(1), rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH'] },
  ],
  [
    '5 minutes after a first mail',
    { to: mention, as: { conversation: mailed(5, 1) } },
    { EMAIL: at(5), rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH', 'EMAIL DISTANCE'] },
  ],
  [
    '5 minutes after a second',
    { to: mention, as: { conversation: mailed(5, 2) } },
    { EMAIL: at(55), rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH', 'EMAIL DISTANCE'] },
  ],
  [
    '5 minutes after a seventh',
    { to: mention, as: { conversation: mailed(5, 7) } },
    { EMAIL: at(24 * 60 - 5), rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH', 'EMAIL DISTANCE'] },
  ],
  [
    'back since then',
    { to: mention, as: { conversation: mailed(5, 7), seenAt: at(-4) } },
    { EMAIL: soon, rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH'] },
  ],
  [
    'not since then',
    { to: mention, as: { conversation: mailed(5, 1), seenAt: at(-6) } },
    { EMAIL: at(5), rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH', 'EMAIL DISTANCE'] },
  ],
  [
    'six mails in a day',
    { to: mention, as: { mails: [1, 2, 3, 4, 5, 23].map((hours) => at(-hours * 60)) } },
    { EMAIL: at(60), rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH', 'EMAIL BUDGET_USED_UP'] },
  ],
  [
    'the sixth of them',
    { to: mention, as: { mails: [1, 2, 3, 4, 23].map((hours) => at(-hours * 60)) } },
    { EMAIL: soon, rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH'] },
  ],
  [
    'quiet hours',
    {
      to: { account: { ...account, quietHours: { from: '22:00', to: '07:00' }, timeZone: 'Asia/Tokyo' }, ...mention },
      as: { now: at(120) },
      said: { createdAt: at(120) },
    },
    {
      IN_APP: at(120),
      PUSH: at(600),
      EMAIL: at(600),
      rules: ['MENTION', 'PUSH QUIET_HOURS', 'EMAIL WAITING_FOR_BATCH', 'EMAIL QUIET_HOURS'],
    },
  ],
  [
    'quiet hours that begin while it waits',
    { to: { account: { ...account, quietHours: { from: '12:01', to: '13:00' } }, ...mention } },
    { PUSH: now, EMAIL: at(60), rules: ['MENTION', 'EMAIL WAITING_FOR_BATCH', 'EMAIL QUIET_HOURS'] },
  ],
]

describe('a message', () => {
  it.each(cases)('%s', (_name, { said, to, as }, { kind, rules, ...expected }) => {
    const decision = decide({ ...message, ...said }, { ...bob, ...to }, { ...state, ...as })
    expect(decision.rules.map(({ rule, way }) => (way ? `${way} ${rule}` : rule))).toEqual(rules)
    expect(decision.at).toMatchObject(expected)
    expect(decision.kind).toBe(kind === undefined ? decision.kind : kind)
  })
})

import { encodeNodeId } from '../../kernel/node-id.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Log } from '../../ports/log.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import type { Letter, Mails } from '../mail/mails.ts'
import { decide, type Recipient } from './decide.ts'
import { type Facts, type FactsStore, laterOf, stateOf } from './facts.store.ts'
import type { Addressee, LettersStore, Line, WaitingConversation } from './letters.store.ts'
import { believable, mailed, type MailedPerson, type MailPolicy, planMail, within24Hours } from './mail-times.ts'
import type { About, Conversation } from './notifications.mail.ts'
import type { NotifierStore } from './notifier.store.ts'

type Needs = {
  notifier: Pick<NotifierStore, 'hold' | 'transaction'>
  store: LettersStore
  facts: Pick<FactsStore, 'of'>
  mails: Pick<Mails, 'post'>
  letter: (about: About) => Letter
  unsubscribe: { urlFor(userId: string, channelId: string | null): string }
  register: Pick<PresenceRegister, 'at'>
  clock: Clock
  log: Log
  policy: MailPolicy
  publicUrl: string
  /** Whether mails say what was said, or only that something was. */
  withTexts: boolean
}

const mostConversations = 20
const mostShown = 5
const putOffMs = 60_000
/** A mail that wasn't sent by then says nothing worth knowing. */
const worthSendingMs = 12 * 3_600_000

type Reason = { line: Line; facts: Facts }
type Reasons = Map<string, Reason[]>

/**
 * Mails people about what waits for them. Everything is looked at anew in the moment of handing over, so nobody is mailed about what they
 * have read by then; and the mail is posted in the transaction that notes it, so none is posted twice.
 */
export function createLetters({
  notifier,
  store,
  facts,
  mails,
  letter,
  unsubscribe,
  register,
  clock,
  log,
  policy,
  publicUrl,
  withTexts,
}: Needs) {
  /** By conversation what they may be mailed about still. */
  async function reasonsOf(
    { userId }: Addressee,
    waiting: readonly WaitingConversation[],
    presence: Presence,
    within: Queries,
  ): Promise<Reasons> {
    const lines = await store.lines(
      userId,
      waiting.map(({ channelId }) => channelId),
      within,
    )
    const found = await facts.of(lines, within)
    const both = lines.map((line, place) => ({ line, facts: found[place]! }))
    const now = clock.now()
    const reasons = both.filter(
      ({ facts: one }) => decide(one.message, one.recipient, stateOf(one, presence, now, policy)).at.EMAIL !== null,
    )
    return Map.groupBy(reasons, ({ line }) => line.channelId)
  }

  /** Looks at whoever is due first: mails them, or puts it off. False where nobody is due, or another node is at it. */
  async function write(): Promise<boolean> {
    let looking: string | null = null
    try {
      return await notifier.transaction(async (within) => {
        // Beside the notifier's own work: what it finds waiting is waiting, and what it finds told is told.
        if (!(await notifier.hold(within))) return false
        const addressee = await store.due(clock.now(), within)
        if (!addressee) return false
        looking = addressee.userId
        await lookAt(addressee, within)
        return true
      })
    } catch (error) {
      const userId = looking as string | null
      if (userId === null) throw error
      log.warn('Somebody could not be mailed about what is unread. They are looked at again in a minute.', { error })
      // Nobody else waits for it.
      await notifier.transaction((within) => store.putOff(userId, new Date(clock.now().getTime() + putOffMs), within))
      return true
    }
  }

  async function lookAt(addressee: Addressee, within: Queries): Promise<void> {
    const { userId } = addressee
    const now = clock.now()
    const [presence] = await register.at([userId])
    const waiting = await store.waiting(userId, within)
    const reasons = await reasonsOf(addressee, waiting, presence!, within)
    const account = [...reasons.values()][0]?.[0]?.facts.recipient.account ?? null
    const person = personOf(addressee, account, presence!)
    const worth = waiting.flatMap((one) => {
      const [first] = reasons.get(one.channelId) ?? []
      // What it has waited for may be read by now.
      return first ? [{ ...believable(one, now), waitingSince: laterOf(one.waitingSince, first.line.createdAt) }] : []
    })
    const { channelIds, nextAt } = planMail(
      worth.map((conversation) => ({ channelId: conversation.channelId, conversation })),
      person,
      now,
      policy,
      mostConversations,
    )
    const told = worth.filter(({ channelId }) => channelIds.includes(channelId))
    const over = waiting.filter(({ channelId }) => !reasons.has(channelId)).map((one) => ({ ...one, waitingSince: null }))
    await store.save(
      userId,
      [...over, ...told.map((one) => ({ channelId: one.channelId, ...mailed(one, person, now, toldUpTo(one, reasons)) }))],
      within,
    )
    const recent = within24Hours(addressee.mails, now)
    await store.lookAgain(userId, nextAt, told.length > 0 ? [...recent, now] : recent, within)
    if (told.length > 0) await post(addressee, told, reasons, now, within)
  }

  async function post(
    { userId, email, handle, timeZone }: Addressee,
    told: readonly WaitingConversation[],
    reasons: Reasons,
    now: Date,
    within: Queries,
  ): Promise<void> {
    const [first] = told
    await mails.post(
      {
        // What waits since then is told once.
        key: `notification:${userId}:${first!.channelId}:${first!.waitingSince!.getTime()}`,
        to: email!,
        userId,
        priority: 'NOTIFICATION',
        letter: letter({
          handle,
          timeZone,
          conversations: told.map((one) => conversationOf(userId, one, reasons.get(one.channelId)!)),
          settings: `${publicUrl}/#settings`,
          unsubscribeAll: unsubscribe.urlFor(userId, null),
        }),
        notAfter: new Date(now.getTime() + worthSendingMs),
      },
      within,
    )
  }

  function conversationOf(
    userId: string,
    { channelId, kind, name, unread }: WaitingConversation,
    reasons: readonly Reason[],
  ): Conversation {
    const shown = reasons.slice(0, mostShown)
    return {
      channelId,
      name: name ?? 'someone who is gone',
      kind,
      link: `${publicUrl}/#channel=${encodeNodeId('Channel', channelId)}`,
      mentionsYou: reasons.some(({ facts: { recipient } }) => recipient.isMentioned),
      more: Math.max(0, unread - shown.length),
      messages: shown.map(({ line: { sender, createdAt, text } }) => ({
        sender: sender ?? 'someone who is gone',
        at: createdAt,
        text: withTexts ? text : null,
      })),
      unsubscribe: unsubscribe.urlFor(userId, channelId),
    }
  }

  return { write }
}

/** The newest message, be it one that was said while these were looked for. */
const toldUpTo = ({ channelId, lastSeq }: WaitingConversation, reasons: Reasons): number =>
  Math.max(lastSeq, reasons.get(channelId)!.at(-1)!.line.seq)

type Presence = Awaited<ReturnType<PresenceRegister['at']>>[number]

function personOf({ mails, readAt, timeZone }: Addressee, account: Recipient['account'], { status, lastActiveAt }: Presence): MailedPerson {
  return { isOnline: status === 'ONLINE', seenAt: laterOf(readAt, lastActiveAt), mails, quietHours: account?.quietHours ?? null, timeZone }
}

export type Letters = ReturnType<typeof createLetters>

import { createHash } from 'node:crypto'
import { encodeNodeId } from '../../kernel/node-id.ts'
import type { Queries } from '../../ports/database.ts'
import type { Letter, Order, Writer, Written } from '../mail/mails.ts'
import type { Addressee, LettersStore } from './letters.store.ts'
import type { About, Mailed } from './mailed.ts'
import { type About as Content, type Conversation, mostMessages } from './notifications.mail.ts'
import type { LookAt, Outlook, Told } from './outlook.ts'

type Needs = {
  store: Pick<LettersStore, 'addressee' | 'lookAgain'>
  lookAt: LookAt
  note: Mailed
  letter: (content: Content) => Letter
  unsubscribe: { urlFor(userId: string, channelId: string | null): string }
  publicUrl: string
  /** Whether mails say what was said, or only that something was. */
  withTexts: boolean
}

/** So long the provider remembers a mail's key, and then some. */
const rememberedMs = 20 * 3_600_000

/** One conversation of a mail: what of it is said, up to where, and how many more there are. */
type Part = Told & { upTo: number; more: number }

/**
 * Writes what somebody has unread in the moment of handing over, before each try: so nobody is mailed about what they have read, or is
 * deleted by then, nor while they are here or asleep. After a try that may have been taken, the same goes again word by word; where
 * that isn't what there is to say, it counts as sent, and what is left waits for the next mail.
 */
export function createLetterWriter({ store, lookAt, note, letter, unsubscribe, publicUrl, withTexts }: Needs): Writer {
  async function write(order: Order, within: Queries): Promise<Written | null> {
    const addressee = order.userId && (await store.addressee(order.userId, within))
    if (!addressee) return null
    const found = await lookAt(addressee, within)
    const before = order.about as About | null
    // Another address than it was ordered for: another mail.
    const parts = addressee.email === order.to ? (before ? samePartsOf(before, found) : found.told.map(newPartOf)) : []
    const words = parts.length > 0 ? wordsOf(addressee, parts) : null
    if (words && (!before || before.words === hashOf(words))) return { ...words, about: aboutOf(words, parts, found.now, before) }
    if (before) await note.unsure(order, within)
    else await store.lookAgain(addressee.userId, found.told.length > 0 ? found.now : (found.nextAt ?? found.now), within)
    return null
  }

  const wordsOf = ({ userId, handle, timeZone }: Addressee, parts: readonly Part[]): Letter =>
    letter({
      handle,
      timeZone,
      conversations: parts.map((part) => conversationOf(userId, part)),
      settings: `${publicUrl}/#settings`,
      unsubscribeAll: unsubscribe.urlFor(userId, null),
    })

  const conversationOf = (userId: string, { conversation: { channelId, kind, name }, reasons, more }: Part): Conversation => ({
    channelId,
    name: name ?? 'someone who is gone',
    kind,
    link: `${publicUrl}/#channel=${encodeNodeId('Channel', channelId)}`,
    mentionsYou: reasons.some(({ facts: { recipient } }) => recipient.isMentioned),
    more,
    messages: reasons.slice(0, mostMessages).map(({ line: { sender, createdAt, text } }) => ({
      sender: sender ?? 'someone who is gone',
      at: createdAt,
      text: withTexts ? text : null,
    })),
    unsubscribe: unsubscribe.urlFor(userId, channelId),
  })

  return { write, sent: note.sent }
}

const newPartOf = ({ conversation, reasons }: Told): Part => ({
  conversation,
  reasons,
  // The newest message, be it one that was said while these were looked for.
  upTo: Math.max(conversation.lastSeq, reasons.at(-1)!.line.seq),
  more: Math.max(0, conversation.unread - Math.min(reasons.length, mostMessages)),
})

/** The same that was said then, as far as it may be said now; nothing where it can't be the same any more. */
function samePartsOf({ firstAt, conversations }: About, { told, now }: Outlook): Part[] {
  if (now.getTime() - firstAt > rememberedMs) return []
  const parts = conversations.flatMap(({ channelId, upTo, more }) => {
    const one = told.find(({ conversation }) => conversation.channelId === channelId)
    const reasons = one?.reasons.filter(({ line }) => line.seq <= upTo) ?? []
    return one && reasons.length > 0 ? [{ ...one, reasons, upTo, more }] : []
  })
  return parts.length === conversations.length ? parts : []
}

const hashOf = ({ subject, text, html }: Letter): string =>
  createHash('sha256')
    .update(JSON.stringify([subject, text, html]))
    .digest('base64url')

const aboutOf = (words: Letter, parts: readonly Part[], now: Date, before: About | null): About => ({
  firstAt: before?.firstAt ?? now.getTime(),
  at: now.getTime(),
  words: hashOf(words),
  conversations: parts.map(({ conversation: { channelId }, upTo, more }) => ({ channelId, upTo, more })),
})

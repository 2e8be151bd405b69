import type { ChannelKind } from '../../generated/prisma/client.ts'
import { type Block, letterOf } from '../../kernel/letter.ts'
import { plainLine } from '../../kernel/plain.ts'
import type { Letter } from '../mail/mails.ts'

/** What is unread in one conversation, the newest message last. `sender`, `name` and `text` are strangers' words. */
export type Conversation = {
  channelId: string
  /** The channel's, or the other person's display name. */
  name: string
  kind: ChannelKind
  link: string
  mentionsYou: boolean
  /** Unread beyond those shown. */
  more: number
  /** `text` is null with EMAIL_CONTENT=none. */
  messages: { sender: string; at: Date; text: string | null }[]
  /** One-click URL for this one. */
  unsubscribe: string
}

export type About = {
  handle: string
  timeZone: string
  conversations: Conversation[]
  /** Where these mails are chosen. */
  settings: string
  /** One-click URL for all of them. */
  unsubscribeAll: string
}

// Some programs cut off what is longer than 102 KB.
const mostConversations = 10
export const mostMessages = 5

/** What was written while somebody was away: who, where, what and when. */
export function notificationLetter({ handle, timeZone, conversations, settings, unsubscribeAll }: About): Letter {
  const shown = conversations.slice(0, mostConversations)
  const left = conversations.length - shown.length
  const { format, zone } = timesIn(timeZone)
  const [only] = conversations.length === 1 ? conversations : []
  return letterOf({
    subject: subjectOf(conversations),
    preview: shown.map(({ name, ...conversation }) => `${plainLine(name, 40)}: ${countOf(conversation)}`).join(', '),
    blocks: [
      ...shown.map((conversation) => blockOf(conversation, format)),
      ...(left > 0 ? [{ kind: 'note', text: `And ${left} more ${left === 1 ? 'conversation' : 'conversations'}.` } as const] : []),
    ],
    footer: {
      text: `This was mailed to @${handle}, who was away. Times are those of ${zone}.`,
      links: [
        { label: 'Change what is mailed to you', url: settings },
        { label: 'No more mails about messages', url: unsubscribeAll },
      ],
    },
    headers: {
      'List-Unsubscribe': `<${only ? only.unsubscribe : unsubscribeAll}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  })
}

function subjectOf(conversations: readonly Conversation[]): string {
  const [only, another] = conversations
  if (!only) return 'News for you'
  if (another) return `${conversations.length} conversations wait for you`
  const name = plainLine(only.name, 80)
  if (only.kind === 'DIRECT') return `${name} wrote to you`
  return only.mentionsYou ? `You were mentioned in ${name}` : `New in ${name}`
}

function blockOf(conversation: Conversation, format: (at: Date) => string): Block {
  const { name, kind, mentionsYou, messages, link, unsubscribe } = conversation
  const said = messages.slice(-mostMessages)
  const more = unreadIn(conversation) - said.length
  const where = kind === 'DIRECT' ? 'Direct conversation' : kind === 'GROUP' ? 'Group' : 'Public channel'
  return {
    kind: 'conversation',
    title: name,
    about: [where, countOf(conversation), ...(mentionsYou ? ['mentions you'] : [])].join(' · '),
    said: said.map(({ sender, at, text }) => ({ sender, when: format(at), text })),
    more: more > 0 ? `And ${more} more.` : null,
    links: [
      { label: 'Open the conversation', url: link },
      { label: 'No more mails about this conversation', url: unsubscribe },
    ],
  }
}

const unreadIn = ({ messages, more }: Pick<Conversation, 'messages' | 'more'>): number => messages.length + more

function countOf(conversation: Pick<Conversation, 'messages' | 'more'>): string {
  const unread = unreadIn(conversation)
  return `${unread} unread ${unread === 1 ? 'message' : 'messages'}`
}

/** In the zone of whoever reads it, and in UTC where that isn't one. */
function timesIn(timeZone: string): { zone: string; format: (at: Date) => string } {
  const form = (zone: string) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
    })
  try {
    return { zone: timeZone, format: form(timeZone).format }
  } catch {
    return { zone: 'UTC', format: form('UTC').format }
  }
}

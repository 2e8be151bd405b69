import type { Message } from '../../generated/prisma/client.ts'
import { Conflict, type ExpectedError, Forbidden, NotFound } from '../../kernel/errors.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { Refusal } from './messages.store.ts'
import { noSuchChannel, ranksAs, type Seat, seated, type Standing } from '../../kernel/standing.ts'

const editableMs = 30 * 24 * 3_600_000

export const noSuchMessage = () => new NotFound('There is no such message.')

/** Why a message is not sent. */
export const refusals: Record<Refusal, () => ExpectedError> = {
  NOT_FOUND: noSuchChannel,
  NOT_MEMBER: () => new Forbidden('Join this channel first.'),
  OTHER_CONTENT: () => new Conflict('Another message was sent with this clientId. Choose a new one for each message.'),
  ARCHIVED: () => new Conflict('This channel is archived: it can be read, and its owner can bring it back.'),
  PEER_GONE: () => new Conflict('The account of the other person was deleted.'),
  NO_REPLY_TO: noSuchMessage,
}

export function alive(message: Message): Message {
  if (message.deletedAt) throw new Conflict('This message was deleted.')
  return message
}

export function mayEdit(viewer: Viewer, message: Message, now: Date): void {
  if (message.kind !== 'TEXT' || message.senderId !== viewer.userId) throw new Forbidden('Only its sender may edit a message.')
  if (now.getTime() - message.createdAt.getTime() > editableMs) throw new Conflict('A message can be edited for 30 days.')
}

/** Members their own; moderators anyone's, and an administrator of the server in PUBLIC channels, even from outside. DIRECT has neither. */
export function mayDelete(viewer: Viewer, message: Message, standing: Standing): void {
  const moderates = ranksAs('MODERATOR', viewer, standing)
  if (!moderates) seated(standing)
  if (message.kind !== 'TEXT') throw new Forbidden('What the server says of a channel stays.')
  if (!moderates && message.senderId !== viewer.userId) throw new Forbidden('Only its sender, owners and moderators may delete a message.')
}

const mostCalled = 500

/** `@channel`: elsewhere it is plain text. The statement that sends says the same (`send_messages`). */
export function mayCallEveryone(viewer: Viewer, seat: Seat): boolean {
  return ranksAs('MODERATOR', viewer, seat) && seat.channel.memberCount <= mostCalled
}

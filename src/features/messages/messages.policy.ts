import type { Message } from '../../generated/prisma/client.ts'
import { Conflict, Forbidden, NotFound } from '../../kernel/errors.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { ranksAs, type Seat, type Standing } from '../channels/standing.ts'

const editableMs = 30 * 24 * 3_600_000

export const noSuchMessage = () => new NotFound('There is no such message.')

/** The first message someone may see: what came before a member is not theirs. */
export const historyFrom = ({ membership }: Pick<Standing, 'membership'>): number => membership?.historyFrom ?? 1

/** The message as this member may see it, not yet deleted. */
export function alive(message: Message | null, seat: Seat): Message {
  if (!message || message.seq < historyFrom(seat)) throw noSuchMessage()
  if (message.deletedAt) throw new Conflict('This message was deleted.')
  return message
}

export function mayEdit(viewer: Viewer, message: Message, now: Date): void {
  if (message.kind !== 'TEXT' || message.senderId !== viewer.userId) throw new Forbidden('Only its sender may edit a message.')
  if (now.getTime() - message.createdAt.getTime() > editableMs) throw new Conflict('A message can be edited for 30 days.')
}

export function mayDelete(viewer: Viewer, message: Message, standing: Standing): void {
  if (message.kind !== 'TEXT') throw new Forbidden('What the server says of a channel stays.')
  if (message.senderId === viewer.userId && standing.membership) return
  if (standing.channel.kind === 'DIRECT' || !ranksAs('MODERATOR', viewer, standing))
    throw new Forbidden('Only its sender, owners and moderators may delete a message.')
}

import type { Channel, MemberRole, Membership } from '../../generated/prisma/client.ts'
import { Conflict, Forbidden, NotFound } from '../../kernel/errors.ts'
import type { Viewer } from '../../ports/sessions.ts'

/** How someone stands to a channel they may see: a member, or anyone before a PUBLIC one. */
export type Standing = { channel: Channel; membership: Membership | null }

export type Seat = { channel: Channel; membership: Membership }

export const noSuchChannel = () => new NotFound('There is no such channel, or you are not in it.')

/** The membership, or the refusal that a stranger meets: NOT_FOUND, and before a PUBLIC channel FORBIDDEN. */
export function seated(standing: Standing | null): Seat {
  if (!standing) throw noSuchChannel()
  const { channel, membership } = standing
  if (!membership) throw new Forbidden('Join this channel first.')
  return { channel, membership }
}

export function open({ channel }: Pick<Standing, 'channel'>): void {
  if (channel.archivedAt) throw new Conflict('This channel is archived: it can be read, and its owner can bring it back.')
}

/** Past this many people, a PUBLIC channel doesn't say who comes and goes. */
const quietAbove = 100

/** Whether a channel says who comes and goes. An archived one says nothing more. */
export const worthSaying = ({ kind, memberCount, archivedAt }: Channel): boolean =>
  archivedAt === null && (kind === 'GROUP' || memberCount <= quietAbove)

const ranks: Record<MemberRole, number> = { MEMBER: 0, MODERATOR: 1, OWNER: 2 }

/** Whether someone has at least this role here. A server's administrator has every role in PUBLIC channels. */
export function ranksAs(role: MemberRole, viewer: Viewer, { channel, membership }: Standing): boolean {
  if (viewer.role === 'ADMIN' && channel.kind === 'PUBLIC') return true
  return membership !== null && ranks[membership.role] >= ranks[role]
}

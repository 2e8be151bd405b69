import type { Channel, MemberRole, Membership } from '../generated/prisma/client.ts'
import { Conflict, Forbidden, NotFound } from './errors.ts'
import { placesIn } from './input.ts'

/** How someone stands to a channel they may see: a member, or anyone before a PUBLIC one. */
export type Standing = { channel: Channel; membership: Membership | null }

export type Seat = { channel: Channel; membership: Membership }

export const noSuchChannel = () => new NotFound('There is no such channel, or you are not in it.')

const notJoined = 'Join this channel first.'

/** The membership, or the refusal that a stranger meets: NOT_FOUND, and before a PUBLIC channel FORBIDDEN. */
export function seated(standing: Standing | null): Seat {
  if (!standing) throw noSuchChannel()
  const { channel, membership } = standing
  if (!membership) throw new Forbidden(notJoined)
  return { channel, membership }
}

/** The same of each in a list of the input; the refusal says which. */
export function allSeated(path: string, standings: readonly (Standing | null)[]): Seat[] {
  const unknown = placesIn(path, standings, (standing) => standing === null)
  if (unknown) throw new NotFound(`${unknown}: ${noSuchChannel().reason}`)
  const outside = placesIn(path, standings, (standing) => standing?.membership === null)
  if (outside) throw new Forbidden(`${outside}: ${notJoined}`)
  return standings.map(seated)
}

export function open({ channel }: Pick<Standing, 'channel'>): void {
  if (channel.archivedAt) throw new Conflict('This channel is archived: it can be read, and its owner can bring it back.')
}

const ranks: Record<MemberRole, number> = { MEMBER: 0, MODERATOR: 1, OWNER: 2 }

/** The first message someone may see: what came before a member is not theirs. */
export const historyFrom = ({ membership }: Pick<Standing, 'membership'>): number => membership?.historyFrom ?? 1

/** Whether someone has at least this role here. A server's administrator has every role in PUBLIC channels. */
export function ranksAs(role: MemberRole, viewer: { role: 'USER' | 'ADMIN' }, { channel, membership }: Standing): boolean {
  if (viewer.role === 'ADMIN' && channel.kind === 'PUBLIC') return true
  return membership !== null && ranks[membership.role] >= ranks[role]
}

import type { Channel, Membership } from '../../generated/prisma/client.ts'

/**
 * On the topic of the channel; what concerns one person, on theirs, too. `fence`: of the channel, where it is known; whoever left before
 * is not to have it.
 */
export type ChannelEvent =
  | { type: 'ChannelChanged'; channel: Channel }
  | { type: 'ChannelDeleted'; channelId: string; version: number }
  | { type: 'MembershipChanged'; membership: Membership; fence?: number }
  | { type: 'MemberLeft'; membership: Membership }

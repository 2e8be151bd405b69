import type { Channel, Membership } from '../../generated/prisma/client.ts'

/** On the topic of the channel; what concerns one person, on theirs, too. */
export type ChannelEvent =
  | { type: 'ChannelChanged'; channel: Channel }
  | { type: 'ChannelDeleted'; channelId: string; version: number }
  | { type: 'MembershipChanged'; membership: Membership }
  | { type: 'MemberLeft'; membership: Membership }

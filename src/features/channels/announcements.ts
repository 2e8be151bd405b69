import type { Channel, Membership, Message } from '../../generated/prisma/client.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Queries } from '../../ports/database.ts'
import type { MessageEvent } from '../messages/messages.events.ts'
import { type ChannelEvent, channelTopic, personTopic } from './channels.events.ts'

type Needs = {
  bus: Pick<Bus, 'publish'>
  /** Adds a SYSTEM message. The caller holds the channel's row. */
  notice: (channelId: string, actorId: string, text: string, within: Queries) => Promise<Message>
}

/** How a channel tells what happened in it: in the conversation itself, and to whoever is listening, once it is committed. */
export function createAnnouncements({ bus, notice }: Needs) {
  const tell = (topic: string, event: ChannelEvent | MessageEvent) => void bus.publish(topic, event)

  const said = (message: Message | null) => {
    if (message) tell(channelTopic(message.channelId), { type: 'MessageAdded', message, mentionIds: [] })
  }

  return {
    /** Says it in the conversation. `sentence` is given the name of who did it. */
    async note(channel: Channel, actorId: string, sentence: (name: string) => string, within: Queries): Promise<Message> {
      const actor = await within.user.findUniqueOrThrow({ where: { id: actorId }, select: { displayName: true } })
      return notice(channel.id, actorId, sentence(actor.displayName), within)
    },

    changed(channel: Channel, note: Message | null): void {
      said(note)
      tell(channelTopic(channel.id), { type: 'ChannelChanged', channel })
    },

    deleted({ id, version }: Channel): void {
      tell(channelTopic(id), { type: 'ChannelDeleted', channelId: id, version })
    },

    /** People have a seat now; they hear of it wherever they listen. */
    seated(channel: Channel, memberships: readonly Membership[], note: Message | null = null): void {
      said(note)
      for (const membership of memberships) {
        tell(channelTopic(channel.id), { type: 'MembershipChanged', membership })
        tell(personTopic(membership.userId), { type: 'MembershipChanged', membership })
      }
    },

    memberChanged(membership: Membership, note: Message | null = null): void {
      said(note)
      tell(channelTopic(membership.channelId), { type: 'MembershipChanged', membership })
    },

    /** First of all that they are gone: nothing that follows is theirs. */
    left(membership: Membership, note: Message | null = null): void {
      tell(channelTopic(membership.channelId), { type: 'MemberLeft', membership })
      tell(personTopic(membership.userId), { type: 'MemberLeft', membership })
      said(note)
    },
  }
}

export type Announcements = ReturnType<typeof createAnnouncements>

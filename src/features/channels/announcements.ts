import type { Channel, Membership } from '../../generated/prisma/client.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Queries } from '../../ports/database.ts'
import type { MessageEvent } from '../messages/messages.events.ts'
import type { Fenced } from '../messages/messages.store.ts'
import type { ChannelEvent } from './channels.events.ts'
import { channelTopic, personTopic } from '../../kernel/topics.ts'

type Notice = { channelId: string; text: string }
type Needs = {
  bus: Pick<Bus, 'publish'>
  /** Adds SYSTEM messages, and answers in their order. The caller holds the channels' rows. */
  notices: (actorId: string, said: readonly Notice[], within: Queries) => Promise<Fenced[]>
}

/** Given the name of who did it. */
export type Sentence = (name: string) => string

/** How a channel tells what happened in it: in the conversation itself, and to whoever is listening, once it is committed. */
export function createAnnouncements({ bus, notices }: Needs) {
  const tell = (topic: string, event: ChannelEvent | MessageEvent) => void bus.publish(topic, event)

  const said = (note: Fenced | null) => {
    if (!note) return
    const { fence, ...message } = note
    tell(channelTopic(message.channelId), { type: 'MessageAdded', message, mentionIds: [], fence })
  }

  /** Says it in the conversations. */
  async function say(actorId: string, sentences: readonly { channelId: string; sentence: Sentence }[], within: Queries): Promise<Fenced[]> {
    if (sentences.length === 0) return []
    const { displayName } = await within.user.findUniqueOrThrow({ where: { id: actorId }, select: { displayName: true } })
    return notices(
      actorId,
      sentences.map(({ channelId, sentence }) => ({ channelId, text: sentence(displayName) })),
      within,
    )
  }

  return {
    say,

    note: async ({ id }: Channel, actorId: string, sentence: Sentence, within: Queries): Promise<Fenced> =>
      (await say(actorId, [{ channelId: id, sentence }], within))[0]!,

    said,

    changed(channel: Channel, note: Fenced | null = null): void {
      said(note)
      tell(channelTopic(channel.id), { type: 'ChannelChanged', channel })
    },

    deleted({ id, version }: Channel): void {
      tell(channelTopic(id), { type: 'ChannelDeleted', channelId: id, version })
    },

    /** People have a seat now; they hear of it wherever they listen. */
    seated(channel: Channel, memberships: readonly Membership[], note: Fenced | null = null): void {
      said(note)
      for (const membership of memberships) {
        tell(channelTopic(channel.id), { type: 'MembershipChanged', membership, fence: channel.fence })
        tell(personTopic(membership.userId), { type: 'MembershipChanged', membership })
      }
    },

    memberChanged(membership: Membership, note: Fenced | null = null): void {
      said(note)
      tell(channelTopic(membership.channelId), { type: 'MembershipChanged', membership, ...(note && { fence: note.fence }) })
    },

    /** First of all that they are gone: nothing that follows is theirs. */
    left(membership: Membership, note: Fenced | null = null): void {
      tell(channelTopic(membership.channelId), { type: 'MemberLeft', membership })
      tell(personTopic(membership.userId), { type: 'MemberLeft', membership })
      // It was written just before they went, and in one with that.
      said(note && { ...note, fence: note.fence + 1 })
    },
  }
}

export type Announcements = ReturnType<typeof createAnnouncements>

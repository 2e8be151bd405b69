import type { Channel, Membership, Notification } from '../../generated/prisma/client.ts'
import { presenceTopic } from '../../kernel/topics.ts'
import type { Happening } from '../../ports/feed.ts'
import type { Presence } from '../../ports/presence.ts'
import type { ChannelEvent } from '../channels/channels.events.ts'
import type { MessageEvent } from '../messages/messages.events.ts'
import type { NotificationEvent } from '../notifications/notifications.events.ts'
import type { PresenceEvent, TypingEvent } from '../presence/presence.events.ts'
import type { ReceiptEvent } from '../receipts/receipts.events.ts'
import type { Mark } from '../receipts/receipts.store.ts'

export type RoomEvent = ChannelEvent | MessageEvent | NotificationEvent | PresenceEvent | ReceiptEvent | TypingEvent

/**
 * What the rooms publish, as the hub tells it. One event may be several happenings. What is not published (profiles, settings) comes
 * with the sweep; so do the marks that sending moves, all of a second in one event a channel.
 */
export function happeningsOf(topic: string, payload: unknown): Happening[] {
  const event = payload as RoomEvent
  switch (event.type) {
    case 'MessageAdded':
    case 'MessageChanged': {
      const message = revived(event.message)
      const { channelId, seq, version, senderId, replyToSeq } = message
      return [
        {
          topic,
          type: 'MessageAdded',
          ifKnown: 'MessageChanged',
          entity: `Message:${channelId}:${seq}`,
          version,
          seq,
          fence: event.fence,
          subjects: [senderId],
          ...(replyToSeq !== null && { reaches: replyToSeq }),
          rows: { message },
        },
      ]
    }
    case 'ReceiptUpdated':
      return event.receipts.map((mark) => ofReceipt(topic, revived(mark)))
    case 'MembershipChanged':
      return [{ ...ofMembership(topic, event.type, revived(event.membership)), ...(event.fence !== undefined && { fence: event.fence }) }]
    case 'MemberLeft':
      return [ofMembership(topic, event.type, revived(event.membership))]
    case 'ChannelChanged':
      return [ofChannel(topic, revived(event.channel))]
    case 'ChannelDeleted':
      return [
        {
          topic,
          type: 'ChannelDeleted',
          entity: `Channel:${event.channelId}`,
          version: event.version,
          subjects: [],
          rows: { channel: { id: event.channelId } },
        },
      ]
    case 'NotificationAdded':
    case 'NotificationChanged':
      return [ofNotification(topic, event.type, revived(event.notification))]
    case 'PresenceChanged':
      return [ofPresence(topic, event.userId, revived(event.presence), event.at)]
    case 'TypingChanged': {
      const { type, channelId, userId, typing } = event
      const entity = `Typing:${channelId}:${userId}`
      return [{ topic, type, entity, version: 0, subjects: [], ephemeral: true, except: userId, rows: { userId, typing } }]
    }
  }
}

const ofMembership = (topic: string, type: string, membership: Membership): Happening => ({
  topic,
  type,
  entity: `Membership:${membership.channelId}:${membership.userId}`,
  version: membership.version,
  subjects: [membership.userId],
  rows: { membership },
})

const ofChannel = (topic: string, channel: Channel): Happening => ({
  topic,
  type: 'ChannelChanged',
  entity: `Channel:${channel.id}`,
  version: channel.version,
  fence: channel.fence,
  subjects: [],
  rows: { channel },
})

const ofNotification = (topic: string, type: string, notification: Notification): Happening => ({
  topic,
  type,
  ifKnown: 'NotificationChanged',
  entity: `Notification:${notification.id}`,
  version: notification.version,
  subjects: [notification.userId],
  rows: { notification },
})

/** Marks only grow, so their sum is a version. Only whoever hides their reading gets an answer of their own. */
const ofReceipt = (topic: string, mark: Mark): Happening => ({
  topic,
  type: 'ReceiptUpdated',
  entity: `Receipt:${mark.channelId}:${mark.userId}`,
  version: mark.deliveredSeq + mark.readSeq,
  subjects: mark.shown ? [] : [mark.userId],
  joins: 'receipts',
  rows: { receipts: [mark] },
})

/** The same change comes on several topics: it has a number, so that it is told once. Oneself hears of it only by watching oneself. */
const ofPresence = (topic: string, userId: string, presence: Presence, at: number): Happening => ({
  topic,
  type: 'PresenceChanged',
  entity: `Presence:${userId}`,
  version: at,
  subjects: [],
  ephemeral: true,
  ...(topic !== presenceTopic(userId) && { except: userId }),
  rows: { userId, presence },
})

/** The bus carries JSON: points in time come as text. */
function revived<Row extends object>(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' && /(At|Until)$/.test(name) ? new Date(value) : value]),
  ) as Row
}

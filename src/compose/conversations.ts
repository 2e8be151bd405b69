import type { Env } from '../env.ts'
import { createAnnouncements } from '../features/channels/announcements.ts'
import { createChannels } from '../features/channels/channels.ts'
import { createChannelsStore } from '../features/channels/channels.store.ts'
import { createFarewell } from '../features/channels/farewell.ts'
import { createMembers } from '../features/channels/members.ts'
import { createMembersStore } from '../features/channels/members.store.ts'
import { createRoster } from '../features/channels/roster.ts'
import { createMessages } from '../features/messages/messages.ts'
import { createMessagesStore } from '../features/messages/messages.store.ts'
import { createReactionsStore } from '../features/messages/reactions.store.ts'
import type { Added } from '../features/notifications/added.ts'
import { createReceipts } from '../features/receipts/receipts.ts'
import { createReceiptsStore } from '../features/receipts/receipts.store.ts'
import { createUnreadStore } from '../features/receipts/unread.store.ts'
import { createTurns } from '../kernel/turns.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { Ids } from '../ports/ids.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'

/** Rooms that know each other: who is in a channel, what is said there, how far everyone has got. */
export function createConversations({
  env,
  database,
  bus,
  limiter,
  ids,
  clock,
  said,
  added,
}: {
  env: Env
  database: Database
  bus: Bus
  limiter: RateLimiter
  ids: Ids
  clock: Clock
  /** Called when something was said here. */
  said: () => void
  added: Added
}) {
  const channels = createChannelsStore(database)
  const members = createMembersStore(database)
  const messages = createMessagesStore(database)
  const announcements = createAnnouncements({ bus, notices: messages.notices })
  const policy = env.publicChannelCreation
  const turns = createTurns()
  const publish: Bus['publish'] = (topic, event) => {
    said()
    return bus.publish(topic, event)
  }
  return {
    rooms: {
      channels: createChannels({ store: channels, members, announcements, added, ids, clock, policy, turns }),
      members: createMembers({ store: members, channels, announcements, added, clock, policy, turns }),
      messages: createMessages({
        store: messages,
        reactions: createReactionsStore(database),
        channels,
        announcements,
        bus: { publish },
        limiter,
        rates: env.rates,
        clock,
        turns,
      }),
      receipts: createReceipts({
        store: createReceiptsStore(database),
        unread: createUnreadStore(database),
        channels,
        announcements,
        bus,
        clock,
      }),
      roster: createRoster({ store: members, channels }),
    },
    channels,
    farewell: createFarewell({ store: members, channels, announcements, clock }),
  }
}

import type { Notification } from '../../generated/prisma/client.ts'
import { personTopic } from '../../kernel/topics.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Log } from '../../ports/log.ts'
import type { PresenceRegister } from '../../ports/presence.ts'
import { decideAdded } from './decide.ts'
import type { FactsStore } from './facts.store.ts'
import type { Hooks } from './hooks.ts'
import type { NotificationEvent } from './notifications.events.ts'
import type { NotificationsStore } from './notifications.store.ts'

/** How many of those that change at once are told at once; the others come with the sweep. */
const mostTold = 500

/** Tells people of what changed in their lists, once it is committed. */
export const tellPeople = (bus: Pick<Bus, 'publish'>, type: NotificationEvent['type'], notifications: readonly Notification[]): void => {
  for (const notification of notifications.slice(0, mostTold))
    void bus.publish(personTopic(notification.userId), { type, notification } satisfies NotificationEvent)
}

type Needs = {
  store: Pick<NotificationsStore, 'added'>
  facts: Pick<FactsStore, 'pushed'>
  register: Pick<PresenceRegister, 'at'>
  hooks: Hooks
  bus: Pick<Bus, 'publish'>
  ids: Ids
  clock: Clock
  log: Log
}

/**
 * Puts into people's lists that somebody added them to a channel: in the transaction that does it. What it returns is called once that
 * is committed.
 */
export function createAdded({ store, facts, register, hooks, bus, ids, clock, log }: Needs) {
  async function tellHooks(notifications: readonly Notification[]): Promise<void> {
    const actors = new Map(notifications.map((one) => [one.userId, one]))
    const settings = await facts.pushed([...actors.keys()])
    const presence = await register.at(settings.map(({ userId }) => userId))
    hooks.tell(
      settings.map(({ userId, ...own }, place) => {
        const { channelId, actorId, kind } = actors.get(userId)!
        const decision = decideAdded(own, { isOnline: presence[place]!.status === 'ONLINE', now: clock.now() })
        return { userId, channelId, seq: null, actorId, kind, messages: 0, decision, text: async () => null }
      }),
    )
  }

  return async function added(channelId: string, userIds: readonly string[], actorId: string, within: Queries): Promise<() => void> {
    if (userIds.length === 0) return () => {}
    const people = userIds.map((userId) => ({ id: ids(), userId }))
    const notifications = await store.added(people, { channelId, actorId, at: clock.now() }, within)
    return () => {
      tellPeople(bus, 'NotificationAdded', notifications)
      if (hooks.isEmpty) return
      tellHooks(notifications).catch((error: unknown) => log.warn('Hooks were not told of who was added to a channel.', { error }))
    }
  }
}

export type Added = ReturnType<typeof createAdded>

import type { NotificationFragment, NotificationsQuery } from './documents.ts'
import { meet, seen } from './people.ts'
import type { InboxState, Notification } from './state.ts'

const notificationOf = ({ actor, channel, message, ...body }: NotificationFragment): Notification => ({
  ...body,
  actorId: actor?.id ?? null,
  channelId: channel?.id ?? null,
  messageId: message?.id ?? null,
  seq: message?.seq ?? null,
})

const newestFirst = (one: Notification, other: Notification): number =>
  one.createdAt === other.createdAt ? (one.id < other.id ? 1 : -1) : one.createdAt < other.createdAt ? 1 : -1

/** Of two states of one the higher version stays. */
export function withNotifications(state: InboxState, given: readonly NotificationFragment[]): InboxState {
  const held = new Map(state.view.notifications.map((notification) => [notification.id, notification]))
  const news = given.filter(({ id, version }) => version > (held.get(id)?.version ?? 0))
  if (news.length === 0) return state
  const met = meet(
    state,
    news.map(({ actor }) => actor),
  )
  for (const notification of news) held.set(notification.id, notificationOf(notification))
  return seen(met, { notifications: [...held.values()].toSorted(newestFirst) })
}

export function withNotificationPage(
  state: InboxState,
  { edges, pageInfo }: NonNullable<NotificationsQuery['viewer']>['notifications'],
): InboxState {
  const read = withNotifications(
    state,
    edges.map(({ node }) => node),
  )
  const { hasNextPage: hasMoreNotifications, endCursor } = pageInfo
  return { ...seen(read, { hasMoreNotifications }), notificationsAfter: endCursor ?? read.notificationsAfter }
}

import type { Notification } from '../../generated/prisma/client.ts'

/** On the topic of the person: a new one, or one that was read, or moved to a newer message. Reading a channel is not told here: the sweep brings it. */
export type NotificationEvent = { type: 'NotificationAdded' | 'NotificationChanged'; notification: Notification }

import { channelTopic, presenceTopic } from '../../kernel/topics.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Log } from '../../ports/log.ts'
import type { PresenceChange } from '../../ports/presence.ts'
import type { PresenceEvent } from './presence.events.ts'
import type { PresenceStore } from './presence.store.ts'

type Needs = { store: Pick<PresenceStore, 'channelsOf'>; bus: Pick<Bus, 'publish'>; log: Log }

const peopleAtOnce = 200
const messagesAtOnce = 200

/**
 * Tells who is something else now. However many that are at once, as after a node's death, they are told bit by bit, and of each
 * only the newest.
 */
export function createAnnouncer({ store, bus, log }: Needs) {
  const waiting = new Map<string, PresenceChange>()
  let working: Promise<void> | null = null

  async function tell(changes: readonly PresenceChange[]): Promise<void> {
    const channels = await store.channelsOf(changes.map(({ userId }) => userId))
    const messages = changes.flatMap(({ userId, status, lastActiveAt, at }) => {
      const near = channels.get(userId)
      const event: PresenceEvent = { type: 'PresenceChanged', userId, presence: { status, lastActiveAt }, at }
      return near ? [presenceTopic(userId), ...near.map(channelTopic)].map((topic) => ({ topic, event })) : []
    })
    for (let from = 0; from < messages.length; from += messagesAtOnce)
      await Promise.all(messages.slice(from, from + messagesAtOnce).map(({ topic, event }) => bus.publish(topic, event)))
  }

  async function work(): Promise<void> {
    while (waiting.size > 0) {
      const changes = [...waiting.values()].slice(0, peopleAtOnce)
      for (const { userId } of changes) waiting.delete(userId)
      await tell(changes).catch((error: unknown) => log.warn('It could not be told who came or went.', { people: changes.length, error }))
    }
    working = null
  }

  return {
    announce(changes: readonly PresenceChange[]): void {
      for (const change of changes) waiting.set(change.userId, change)
      if (waiting.size > 0) working ??= work()
    },
    /** Once all is told. */
    settled: async (): Promise<void> => void (await working),
  }
}

import type { PresenceStatus } from '../../ports/presence.ts'

/** On a topic of its own for each person, and on those of their channels: they are something else than before. */
export type PresenceEvent = {
  type: 'PresenceChanged'
  userId: string
  presence: { status: PresenceStatus; lastActiveAt: Date | null }
  at: number
}

/** On the topic of the channel. */
export type TypingEvent = { type: 'TypingChanged'; channelId: string; userId: string; typing: boolean }

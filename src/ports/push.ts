/** Somebody is to hear on their devices of something that was said, or that they were added to a channel. Levels, settings and quiet hours are in it already. */
export type Push = {
  userId: string
  channelId: string
  /** The newest message; null for having been added. */
  seq: number | null
  actorId: string
  /** As what it is listed. Null where it isn't: they want to hear of everything there. */
  kind: 'DIRECT_MESSAGE' | 'MENTION' | 'REPLY' | 'ADDED_TO_CHANNEL' | null
  /** How many messages it is about: those that came together, where they want to hear of everything there. */
  messages: number
  /** Not before then: it lies ahead where their quiet hours last until then. Whether it is read by that time is not said. */
  at: Date
  /** What is said, as it is when you ask; null where it is deleted by then, or where there is no message. */
  text(): Promise<string | null>
}

/**
 * Knows which devices somebody has, and reaches them. Called once what it is about is committed, at most once for each, for several at once.
 * After five seconds `signal` is aborted and it isn't waited for; what it throws is logged, and harms nobody.
 */
export type PushSender = {
  /** Whether it reaches anybody: else it isn't called. */
  isThere: boolean
  send(push: Push, signal: AbortSignal): Promise<void>
}

import type { Message } from '../../generated/prisma/client.ts'

/** On the topic of the channel. `mentionIds`: the people it names. */
export type MessageEvent = { type: 'MessageAdded' | 'MessageChanged'; message: Message; mentionIds: string[] }

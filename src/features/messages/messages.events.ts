import type { Message } from '../../generated/prisma/client.ts'

/**
 * On the topic of the channel. `mentionIds`: the people it names. A TEXT message that is added also moves both marks of its sender
 * to its seq, at its `createdAt`: there is no ReceiptUpdated of its own, so whoever follows marks reads it here. A SYSTEM message moves none.
 * `fence`: of the channel, as it was written; whoever left before is not to have it.
 */
export type MessageEvent = { type: 'MessageAdded' | 'MessageChanged'; message: Message; mentionIds: string[]; fence: number }

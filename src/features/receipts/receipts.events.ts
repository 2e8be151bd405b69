import type { Mark } from './receipts.store.ts'

/** On the topic of the channel: several members' marks where many move together. */
export type ReceiptEvent = { type: 'ReceiptUpdated'; channelId: string; receipts: Mark[] }

import { Client, type Pool } from 'pg'
import type { PrismaClient } from '../../src/generated/prisma/client.ts'
import { createMessagesStore, type Draft } from '../../src/features/messages/messages.store.ts'

/** A message in a transaction that stays open: whoever calls commits on this connection and ends it, or lets it go. */
export async function sayLate(
  databaseUrl: string,
  channelId: string,
  said: Pick<Draft, 'senderId' | 'text'> & Partial<Draft>,
): Promise<{ client: Client; seq: number }> {
  const client = new Client(databaseUrl)
  client.on('error', () => {})
  await client.connect()
  await client.query('BEGIN')
  const draft = { clientId: null, contentHash: null, replyToSeq: null, handles: [], everyone: false, admin: false, mentionIds: [], ...said }
  const within = { pool: client as unknown as Pool, prisma: undefined as unknown as PrismaClient }
  const [outcomes] = await createMessagesStore(within).send([{ channelId, drafts: [draft] }], true)
  return { client, seq: outcomes![0]!.seq }
}

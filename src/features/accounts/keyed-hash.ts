import { createHmac } from 'node:crypto'
import type { Database } from '../../ports/database.ts'

/** HMAC-SHA256 in hex with the key of this database: for what is too short, or too easily guessed, for a hash that anyone can compute. */
export type KeyedHash = (text: string) => Promise<string>

export function createKeyedHash({ prisma }: Pick<Database, 'prisma'>): KeyedHash {
  let known: Promise<Uint8Array> | undefined
  const read = async () => (await prisma.server.findUniqueOrThrow({ where: { id: 1 }, select: { codeKey: true } })).codeKey

  return async (text) => {
    known ??= read().catch((error: unknown) => {
      known = undefined
      throw error
    })
    return createHmac('sha256', await known)
      .update(text)
      .digest('hex')
  }
}

import type { Prisma } from '../../generated/prisma/client.ts'
import type { Database } from '../../ports/database.ts'

/** Reading what the adapter of the port Sessions writes. */
export function createSessionsStore({ prisma }: Pick<Database, 'prisma'>) {
  const living = (userId: string, now: Date): Prisma.SessionWhereInput => ({ userId, expiresAt: { gt: now } })
  return {
    /** The ones used last first. */
    list: (userId: string, most: number, now: Date) =>
      prisma.session.findMany({ where: living(userId, now), orderBy: [{ lastUsedAt: 'desc' }, { id: 'desc' }], take: most }),

    some: (userId: string, ids: readonly string[], now: Date) =>
      prisma.session.findMany({ where: { ...living(userId, now), id: { in: [...ids] } } }),
  }
}

export type SessionsStore = ReturnType<typeof createSessionsStore>

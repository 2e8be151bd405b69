import type { Prisma } from '../../generated/prisma/client.ts'
import type { Database } from '../../ports/database.ts'

export function createPeopleStore({ prisma }: Pick<Database, 'prisma'>) {
  return {
    /** `query` is what a caller wants selected; without one, the whole row. */
    account: (userId: string, query?: Prisma.AccountDefaultArgs) => prisma.account.findUnique({ ...query, where: { userId } }),

    users: (ids: readonly string[]) => prisma.user.findMany({ where: { id: { in: [...ids] }, deletedAt: null } }),
  }
}

export type PeopleStore = ReturnType<typeof createPeopleStore>

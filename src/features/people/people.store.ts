import type { Prisma } from '../../generated/prisma/client.ts'
import { literally } from '../../kernel/like.ts'
import type { Page } from '../../kernel/page.ts'
import type { Database } from '../../ports/database.ts'
import type { ProfileChanges, SettingsChanges } from './people.input.ts'

const living = { deletedAt: null }

export function createPeopleStore({ prisma }: Pick<Database, 'prisma'>) {
  return {
    /** `query` is what a caller wants selected; without one, the whole row. */
    account: (userId: string, query?: Prisma.AccountDefaultArgs) => prisma.account.findUnique({ ...query, where: { userId } }),

    users: (ids: readonly string[]) => prisma.user.findMany({ where: { id: { in: [...ids] }, ...living } }),

    user: (id: string, query?: Prisma.UserDefaultArgs) => prisma.user.findFirst({ ...query, where: { id, ...living } }),

    byHandle: (handle: string, query?: Prisma.UserDefaultArgs) => prisma.user.findFirst({ ...query, where: { handle, ...living } }),

    /** In the page's own direction, one more than it takes where there are more. Words of a name are one space apart. */
    directory(search: string, { take, backward, after, before }: Page<string>, query?: Prisma.UserDefaultArgs) {
      // Prisma passes it on to LIKE as it is.
      const typed = literally(search)
      const found: Prisma.UserWhereInput = {
        OR: [
          { handle: { startsWith: typed.toLowerCase() } },
          { displayName: { startsWith: typed, mode: 'insensitive' } },
          { displayName: { contains: ` ${typed}`, mode: 'insensitive' } },
        ],
      }
      return prisma.user.findMany({
        ...query,
        where: { ...living, handle: { gt: after ?? undefined, lt: before ?? undefined }, ...(search && found) },
        orderBy: { handle: backward ? 'desc' : 'asc' },
        take: take + 1,
      })
    },

    /** Rejects with a unique violation of users_handle_key. False where the account is gone. */
    async updateProfile(id: string, changes: ProfileChanges): Promise<boolean> {
      const { count } = await prisma.user.updateMany({ where: { id, ...living }, data: changes })
      return count > 0
    },

    /** False where the account is gone. */
    async updateSettings(userId: string, { quietHours, ...changes }: SettingsChanges): Promise<boolean> {
      const quiet = quietHours === undefined ? {} : { quietFrom: quietHours?.from ?? null, quietTo: quietHours?.to ?? null }
      const { count } = await prisma.account.updateMany({ where: { userId }, data: { ...changes, ...quiet } })
      return count > 0
    },
  }
}

export type PeopleStore = ReturnType<typeof createPeopleStore>

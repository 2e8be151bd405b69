import { Prisma, type User } from '../../generated/prisma/client.ts'
import { gathered } from '../../kernel/gathered.ts'
import { literally } from '../../kernel/like.ts'
import type { Page } from '../../kernel/page.ts'
import type { Database } from '../../ports/database.ts'
import type { ProfileChanges, SettingsChanges } from './people.input.ts'

const living = { deletedAt: null }

export function createPeopleStore({ prisma }: Pick<Database, 'prisma'>) {
  const user = gathered(async (ids: readonly string[]) => {
    const rows = await prisma.user.findMany({ where: { id: { in: [...new Set(ids)] }, ...living } })
    const found = new Map(rows.map((row) => [row.id, row]))
    return ids.map((id) => found.get(id) ?? null)
  })

  return {
    /** `query` is what a caller wants selected; without one, the whole row. */
    account: (userId: string, query?: Prisma.AccountDefaultArgs) => prisma.account.findUnique({ ...query, where: { userId } }),

    /** In the order of the ids; null for who doesn't exist. */
    users: (ids: readonly string[]): Promise<(User | null)[]> => Promise.all(ids.map(user)),

    user: (id: string, query?: Prisma.UserDefaultArgs) => prisma.user.findFirst({ ...query, where: { id, ...living } }),

    byHandle: (handle: string, query?: Prisma.UserDefaultArgs) => prisma.user.findFirst({ ...query, where: { handle, ...living } }),

    /** In the page's own direction, one more than it takes where there are more. */
    directory({ take, backward, after, before }: Page<string>): Promise<User[]> {
      return prisma.user.findMany({
        where: { ...living, handle: { gt: after ?? undefined, lt: before ?? undefined } },
        orderBy: { handle: backward ? 'desc' : 'asc' },
        take: take + 1,
      })
    },

    /**
     * The same of those whose handle, or a word of their name, begins so; words of a name are one space apart. First found and then
     * sorted (`OFFSET 0` keeps it so): in the order of handles PostgreSQL would go through everybody whose handle comes before.
     */
    search(search: string, { take, backward, after, before }: Page<string>): Promise<User[]> {
      const typed = literally(search)
      return prisma.$queryRaw<User[]>`
        SELECT id, version, handle, display_name AS "displayName", avatar_url AS "avatarUrl", bio, created_at AS "createdAt", deleted_at AS "deletedAt"
        FROM (
          SELECT * FROM users WHERE deleted_at IS NULL
            AND (handle LIKE ${`${typed.toLowerCase()}%`} OR display_name ILIKE ${`${typed}%`} OR display_name ILIKE ${`% ${typed}%`}) OFFSET 0
        ) AS found
        WHERE true ${after ? Prisma.sql`AND handle > ${after}` : Prisma.empty} ${before ? Prisma.sql`AND handle < ${before}` : Prisma.empty}
        ORDER BY ${backward ? Prisma.sql`handle DESC` : Prisma.sql`handle`} LIMIT ${take + 1}`
    },

    /** Rejects with a unique violation of users_handle_key. False where the account is gone. */
    async updateProfile(id: string, changes: ProfileChanges): Promise<boolean> {
      const { count } = await prisma.user.updateMany({ where: { id, ...living }, data: changes })
      return count > 0
    },

    /** False where the account is gone. */
    async updateSettings(userId: string, { quietHours, ...changes }: Partial<SettingsChanges>): Promise<boolean> {
      const quiet = quietHours === undefined ? {} : { quietFrom: quietHours?.from ?? null, quietTo: quietHours?.to ?? null }
      const { count } = await prisma.account.updateMany({ where: { userId }, data: { ...changes, ...quiet } })
      return count > 0
    },
  }
}

export type PeopleStore = ReturnType<typeof createPeopleStore>

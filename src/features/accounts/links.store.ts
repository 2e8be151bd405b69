import type { Link, LinkKind } from '../../generated/prisma/client.ts'
import type { Database, Queries } from '../../ports/database.ts'

export function createLinksStore({ prisma }: Pick<Database, 'prisma'>) {
  return {
    /** A person's newest link of a kind is the only one. */
    async replace({ userId, kind, ...link }: Link, within: Queries = prisma): Promise<void> {
      await within.link.upsert({
        where: { userId_kind: { userId, kind } },
        create: { userId, kind, ...link },
        update: link,
        select: { kind: true },
      })
    },

    find: (tokenHash: string, kinds: readonly LinkKind[], now: Date) =>
      prisma.link.findFirst({ where: { tokenHash, kind: { in: [...kinds] }, expiresAt: { gt: now } } }),

    /** False where somebody else has used it. */
    async spend(tokenHash: string, within: Queries): Promise<boolean> {
      const { count } = await within.link.deleteMany({ where: { tokenHash } })
      return count > 0
    },

    async forget(userId: string, kinds: readonly LinkKind[], within: Queries): Promise<void> {
      await within.link.deleteMany({ where: { userId, kind: { in: [...kinds] } } })
    },

    async purge(now: Date): Promise<number> {
      const { count } = await prisma.link.deleteMany({ where: { expiresAt: { lte: now } } })
      return count
    },
  }
}

export type LinksStore = ReturnType<typeof createLinksStore>

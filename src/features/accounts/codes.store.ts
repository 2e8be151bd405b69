import type { Database, Queries } from '../../ports/database.ts'

type Code = { address: string; codeHash: string }

export function createCodesStore({ prisma }: Pick<Database, 'prisma'>) {
  return {
    /** The newest code of an address is its only one. */
    async replace({ address, ...code }: Code & { createdAt: Date; expiresAt: Date }, within: Queries = prisma): Promise<void> {
      const whole = { ...code, tries: 0 }
      await within.signInCode.upsert({ where: { address }, create: { address, ...whole }, update: whole, select: { address: true } })
    },

    /** Counts one try, and answers with the hash to compare; null where there is no code, or no try left. One statement: tries at once are counted one by one. */
    async takeTry(address: string, most: number, now: Date): Promise<string | null> {
      const rows = await prisma.signInCode.updateManyAndReturn({
        where: { address, tries: { lt: most }, expiresAt: { gt: now } },
        data: { tries: { increment: 1 } },
        select: { codeHash: true },
      })
      return rows[0]?.codeHash ?? null
    },

    async giveTryBack(code: Code): Promise<void> {
      await prisma.signInCode.updateMany({ where: code, data: { tries: { decrement: 1 } } })
    },

    /** False where somebody else has used it. */
    async spend(code: Code, within: Queries): Promise<boolean> {
      const { count } = await within.signInCode.deleteMany({ where: code })
      return count > 0
    },

    async forget(addresses: readonly string[], within: Queries): Promise<void> {
      await within.signInCode.deleteMany({ where: { address: { in: [...addresses] } } })
    },

    async purge(now: Date): Promise<number> {
      const { count } = await prisma.signInCode.deleteMany({ where: { expiresAt: { lte: now } } })
      return count
    },
  }
}

export type CodesStore = ReturnType<typeof createCodesStore>

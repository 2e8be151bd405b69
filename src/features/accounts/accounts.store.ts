import type { Database, Queries } from '../../ports/database.ts'

export type NewAccount = {
  id: string
  handle: string
  displayName: string
  email?: string
  emailVerifiedAt?: Date
  phone?: string
  passwordHash?: string
  role?: 'USER' | 'ADMIN'
}

export function createAccountsStore({ prisma }: Pick<Database, 'prisma'>) {
  return {
    transaction: <Result>(work: (within: Queries) => Promise<Result>) => prisma.$transaction(work),

    /** Rejects with a unique violation of users_handle_key, accounts_email_key or accounts_phone_key. */
    async create({ id, handle, displayName, ...account }: NewAccount, within: Queries = prisma) {
      await within.user.create({ data: { id, handle, displayName, account: { create: account } } })
    },
  }
}

export type AccountsStore = ReturnType<typeof createAccountsStore>

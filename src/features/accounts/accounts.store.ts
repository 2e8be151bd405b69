import type { Database, Queries } from '../../ports/database.ts'
import type { Viewer } from '../../ports/sessions.ts'

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

/** Where someone can be reached: an e-mail address or a phone number. */
export type Address = { email: string; phone?: undefined } | { phone: string; email?: undefined }

type Who = Pick<Viewer, 'userId' | 'role'>

export function createAccountsStore({ prisma }: Pick<Database, 'prisma'>) {
  return {
    transaction: <Result>(work: (within: Queries) => Promise<Result>) => prisma.$transaction(work),

    /** Rejects with a unique violation of users_handle_key, accounts_email_key or accounts_phone_key. */
    async create({ id, handle, displayName, ...account }: NewAccount, within: Queries = prisma): Promise<void> {
      await within.user.create({ data: { id, handle, displayName, account: { create: account } }, select: { id: true } })
    },

    async takenHandles(handles: readonly string[]): Promise<Set<string>> {
      const rows = await prisma.user.findMany({ where: { handle: { in: [...handles] }, deletedAt: null }, select: { handle: true } })
      return new Set(rows.map(({ handle }) => handle))
    },

    /** A login with an @ is an e-mail address, any other a handle. */
    byLogin: (login: string) =>
      prisma.account.findFirst({
        where: login.includes('@') ? { email: login } : { user: { handle: login, deletedAt: null } },
        select: { userId: true, role: true, passwordHash: true },
      }),

    byEmail: (email: string, within: Queries = prisma) =>
      within.account.findUnique({
        where: { email },
        select: { userId: true, role: true, passwordHash: true, emailVerifiedAt: true, user: { select: { handle: true } } },
      }),

    /** Whether there is an account with this address that nobody has shown to be theirs. */
    async isUnconfirmed(email: string, within: Queries): Promise<boolean> {
      return (await within.account.count({ where: { email, emailVerifiedAt: null } })) > 0
    },

    credentials: (userId: string) =>
      prisma.account.findUnique({
        where: { userId },
        select: { email: true, phone: true, passwordHash: true, user: { select: { handle: true } } },
      }),

    /** Holds the account as it is until the transaction's end; false where it is gone or has another password by now. */
    async hold(userId: string, passwordHash: string, within: Queries): Promise<boolean> {
      const rows = await within.$queryRaw<unknown[]>`
        SELECT 1 FROM accounts WHERE user_id = ${userId}::uuid AND password_hash = ${passwordHash} FOR SHARE`
      return rows.length > 0
    },

    /** The account of someone who has just shown that this address is theirs, held until the transaction's end. */
    async arrive({ email, phone }: Address, now: Date, within: Queries): Promise<Who | null> {
      const rows = email
        ? await within.$queryRaw<Who[]>`
            UPDATE accounts SET email_verified_at = coalesce(email_verified_at, ${now}) WHERE email = ${email}
            RETURNING user_id::text AS "userId", role::text`
        : await within.$queryRaw<Who[]>`
            SELECT user_id::text AS "userId", role::text FROM accounts WHERE phone = ${phone} FOR SHARE`
      return rows[0] ?? null
    },

    /** False where the address isn't the account's any more. */
    async verifyEmail(userId: string, email: string, now: Date, within: Queries): Promise<boolean> {
      const { count } = await within.account.updateMany({ where: { userId, email }, data: { emailVerifiedAt: now } })
      return count > 0
    },

    /** From one password, or none, to another; false where it was another one by now. */
    async changePassword(userId: string, from: string | null, to: string, within: Queries): Promise<boolean> {
      const { count } = await within.account.updateMany({ where: { userId, passwordHash: from }, data: { passwordHash: to } })
      return count > 0
    },

    /** A new password for whoever has just shown that this address is theirs; null where it isn't the account's any more. */
    async resetPassword(userId: string, email: string, passwordHash: string, now: Date, within: Queries): Promise<Who | null> {
      const rows = await within.$queryRaw<Who[]>`
        UPDATE accounts SET password_hash = ${passwordHash}, email_verified_at = coalesce(email_verified_at, ${now})
        WHERE user_id = ${userId}::uuid AND email = ${email} RETURNING user_id::text AS "userId", role::text`
      return rows[0] ?? null
    },

    /** Removes all that only the person may know; false where it is gone already, or has another password by now. */
    async remove(userId: string, passwordHash: string | null, within: Queries): Promise<boolean> {
      const { count } = await within.account.deleteMany({ where: { userId, passwordHash } })
      return count > 0
    },

    /** Leaves an empty tombstone, so that clients hear of it and messages keep their place. */
    async bury(id: string, now: Date, within: Queries): Promise<void> {
      await within.user.updateMany({ where: { id }, data: { deletedAt: now, handle: '', displayName: '', avatarUrl: null, bio: null } })
    },

    /** Makes an account what the settings say of the administrator, but for the password. */
    async promote(userId: string, now: Date): Promise<void> {
      await prisma.account.updateMany({ where: { userId, role: { not: 'ADMIN' } }, data: { role: 'ADMIN' } })
      await prisma.account.updateMany({ where: { userId, emailVerifiedAt: null }, data: { emailVerifiedAt: now } })
    },
  }
}

export type AccountsStore = ReturnType<typeof createAccountsStore>

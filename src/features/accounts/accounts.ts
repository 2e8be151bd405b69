import { Conflict } from '../../kernel/errors.ts'
import { parseInput } from '../../kernel/input.ts'
import type { Rate } from '../../kernel/rate.ts'
import { uniqueViolation } from '../../kernel/unique-violation.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Passwords } from '../../ports/passwords.ts'
import type { RateLimiter } from '../../ports/rate-limiter.ts'
import type { Device, Sessions, Viewer } from '../../ports/sessions.ts'
import { signUpInput } from './accounts.input.ts'
import type { AccountsStore } from './accounts.store.ts'

export type SignedIn = { token: string; expiresAt: Date; viewer: Viewer }

type Needs = {
  store: AccountsStore
  sessions: Sessions
  passwords: Passwords
  limiter: RateLimiter
  rates: Record<'signUp' | 'signInAccount' | 'signInAddress', Rate>
  ids: Ids
}

/** Getting in and out: accounts with a password, and the sessions they open. */
export function createAccounts({ store, sessions, passwords, limiter, rates, ids }: Needs) {
  return {
    async signUp(input: unknown, device: Device): Promise<SignedIn> {
      const { email, password, handle, displayName } = parseInput(signUpInput, input)
      await limiter.take(`sign-up:address:${device.ipAddress}`, rates.signUp)
      const passwordHash = await passwords.hash(password)
      const id = ids()
      try {
        return await store.transaction(async (within) => {
          await store.create({ id, handle, displayName: displayName ?? handle, email, passwordHash }, within)
          const { token, session } = await sessions.create(id, device, within)
          return { token, expiresAt: session.expiresAt, viewer: { userId: id, role: 'USER', sessionId: session.id } }
        })
      } catch (error) {
        throw takenOr(error)
      }
    },
  }
}

export type Accounts = ReturnType<typeof createAccounts>

/** What a unique index says, in words. Anything else goes on as it is. */
function takenOr(error: unknown): unknown {
  switch (uniqueViolation(error)) {
    case 'users_handle_key':
      return new Conflict('This handle is taken. Choose another one.')
    case 'accounts_email_key':
      return new Conflict('There is an account with this e-mail address. Sign in, or ask for a new password.')
    case 'accounts_phone_key':
      return new Conflict('There is an account with this phone number. Sign in with a code.')
    default:
      return error
  }
}

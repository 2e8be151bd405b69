import { Conflict } from '../../kernel/errors.ts'
import { uniqueViolation } from '../../kernel/unique-violation.ts'

/** What a unique index says, in words. Anything else goes on as it is. */
export function takenOr(error: unknown): unknown {
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

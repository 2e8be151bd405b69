import type { Accounts } from '../features/accounts/accounts.ts'
import type { People } from '../features/people/people.ts'

/** The rooms that resolvers may call, by the names they have on the context. */
export type Rooms = {
  accounts: Accounts
  people: People
}

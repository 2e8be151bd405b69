import { uniqueViolation } from '../../kernel/unique-violation.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Passwords } from '../../ports/passwords.ts'
import type { AccountsStore } from './accounts.store.ts'

/** Who is there to try Parley with, all with one password. */
export const demoPassword = 'parley-demo'
export const demoPeople = [
  { handle: 'ada', displayName: 'Ada Lovelace' },
  { handle: 'grace', displayName: 'Grace Hopper' },
  { handle: 'linus', displayName: 'Linus Torvalds' },
  { handle: 'margaret', displayName: 'Margaret Hamilton' },
  { handle: 'alan', displayName: 'Alan Turing' },
] as const

type Needs = { store: AccountsStore; passwords: Pick<Passwords, 'hash'>; ids: Ids }

/**
 * Makes those of the demo people whose handles are free. Their addresses lead nowhere (RFC 2606), and count as nobody's: so they are not
 * mailed about what is said, which a provider would hold against whoever runs this server.
 */
export function createDemo({ store, passwords, ids }: Needs) {
  return async function makeDemoPeople(): Promise<void> {
    const there = await store.takenHandles(demoPeople.map(({ handle }) => handle))
    const missing = demoPeople.filter(({ handle }) => !there.has(handle))
    if (missing.length === 0) return
    const passwordHash = await passwords.hash(demoPassword)
    for (const { handle, displayName } of missing) {
      const account = { id: ids(), handle, displayName, email: `${handle}@example.com`, passwordHash }
      await store.create(account).catch((error: unknown) => {
        // Somebody has that address, or another node was faster.
        if (uniqueViolation(error) === null) throw error
      })
    }
  }
}

import { emailInput } from '../../kernel/names.ts'
import { uniqueViolation } from '../../kernel/unique-violation.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Log } from '../../ports/log.ts'
import type { Passwords } from '../../ports/passwords.ts'
import type { Sessions } from '../../ports/sessions.ts'
import type { AccountsStore } from './accounts.store.ts'
import type { Entrance } from './entrance.ts'
import { handleLike, withFreeHandle } from './handles.ts'
import type { Links } from './links.ts'

type Needs = {
  store: AccountsStore
  links: Links
  entrance: Entrance
  sessions: Pick<Sessions, 'revokeAll'>
  passwords: Passwords
  ids: Ids
  clock: Clock
  log: Log
}

/**
 * Makes the administrator of the settings, or keeps what is there that way: role, confirmed address, password. A password that
 * isn't the given one is replaced, and whoever came in by it is signed out. Several nodes may do so at once.
 */
export function createAdministrator({ store, links, entrance, sessions, passwords, ids, clock, log }: Needs) {
  const make = async (email: string, password: string) => {
    const passwordHash = await passwords.hash(password)
    const emailVerifiedAt = clock.now()
    await withFreeHandle(handleLike(email), store.takenHandles, (handle) =>
      store.create({ id: ids(), handle, displayName: handle, email, emailVerifiedAt, passwordHash, role: 'ADMIN' }),
    )
    log.info('The administrator was made.')
  }

  const setPassword = async (userId: string, from: string | null, password: string) => {
    const to = await passwords.hash(password)
    const ended = await store.transaction(async (within) => {
      await links.forgetAll(userId, within)
      return (await store.changePassword(userId, from, to, within)) ? sessions.revokeAll(userId, { within }) : null
    })
    if (!ended) return
    await entrance.announceEnded(ended)
    log.info('The administrator has the password of the settings now. Their sessions ended.', { sessions: ended.length })
  }

  return async function keepAdministrator(settings: { email: string; password: string }): Promise<void> {
    const email = emailInput.parse(settings.email)
    let account = await store.byEmail(email)
    if (!account) {
      try {
        return await make(email, settings.password)
      } catch (error) {
        // Another node was faster.
        if (uniqueViolation(error) !== 'accounts_email_key') throw error
        account = await store.byEmail(email)
      }
    }
    if (!account) return
    await store.promote(account.userId, clock.now())
    if (!(await passwords.verify(account.passwordHash, settings.password)))
      await setPassword(account.userId, account.passwordHash, settings.password)
  }
}

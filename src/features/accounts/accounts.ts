import { BadCredentials, Unauthenticated } from '../../kernel/errors.ts'
import { parseInput } from '../../kernel/input.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Passwords } from '../../ports/passwords.ts'
import type { Device, Sessions, Viewer } from '../../ports/sessions.ts'
import { changePasswordInput, deleteAccountInput, signInInput, signUpInput, verifyEmailInput } from './accounts.input.ts'
import type { Mails } from '../mail/mails.ts'
import type { MailsStore } from '../mail/mails.store.ts'
import { verificationLetter } from './accounts.mail.ts'
import type { AccountsStore } from './accounts.store.ts'
import { type Codes, type Proof, wrongCode } from './codes.ts'
import type { Entrance, SignedIn } from './entrance.ts'
import type { Limits } from './limits.ts'
import type { Links } from './links.ts'
import { deadLink } from './recovery.ts'
import { takenOr } from './taken.ts'

/**
 * What another room does when an account goes, in the same transaction and while its rows are still there. What it returns is
 * called once that is committed.
 */
export type Farewell = (userId: string, within: Queries) => Promise<(() => void | Promise<void>) | void>

type Needs = {
  store: AccountsStore
  codes: Codes
  links: Links
  entrance: Entrance
  sessions: Pick<Sessions, 'revokeAll'>
  passwords: Passwords
  limits: Limits
  mails: Mails & Pick<MailsStore, 'forget'>
  ids: Ids
  clock: Clock
  farewells: readonly Farewell[]
}

const wrongLogin = () => new BadCredentials('The login or the password is wrong.')
const wrongPassword = () => new BadCredentials('The password is wrong. If the account has none yet, ask for a new password by mail.')

/** Accounts with a password, from signing up to deletion. */
export function createAccounts({ store, codes, links, entrance, sessions, passwords, limits, mails, ids, clock, farewells }: Needs) {
  /** The right code of one of the addresses of an account; each of them counts the try. */
  const proofFor = async (addresses: readonly string[], code: string): Promise<Proof> => {
    for (const address of addresses) {
      const proof = await codes.prove(address, code)
      if (proof) return proof
    }
    throw wrongCode()
  }

  return {
    async signUp(input: unknown, device: Device): Promise<SignedIn> {
      const { email, password, handle, displayName } = parseInput(signUpInput, input)
      await limits.signUp(device)
      const passwordHash = await passwords.hash(password)
      const id = ids()
      const made = store.transaction(async (within) => {
        await store.create({ id, handle, displayName: displayName ?? handle, email, passwordHash }, within)
        const link = await links.issue('EMAIL_VERIFICATION', { userId: id, email }, within)
        const letter = verificationLetter(link, handle)
        await mails.post({ key: `verification:${id}`, to: email, userId: id, priority: 'SECRET', letter, notAfter: link.expiresAt }, within)
        return entrance.open({ userId: id, role: 'USER' }, device, within)
      })
      return made.catch((error: unknown) => {
        throw takenOr(error)
      })
    },

    /** Costs one look and one argon2 whether there is no such account, or one without a password, or the password is wrong. */
    async signIn(input: unknown, device: Device): Promise<SignedIn> {
      const { login, password } = parseInput(signInInput, input)
      await limits.signIn(login, device)
      const account = await store.byLogin(login)
      const passwordHash = account?.passwordHash ?? null
      if (!(await passwords.verify(passwordHash, password)) || !account || passwordHash === null) throw wrongLogin()
      return store.transaction(async (within) => {
        if (!(await store.hold(account.userId, passwordHash, within))) throw wrongLogin()
        return entrance.open(account, device, within)
      })
    },

    /**
     * Whoever has the link may use it signed out: it went to the account's own address. Its payload shows that account, and opens no
     * session: what hangs on being signed in stays closed. Someone else who is signed in is told nothing, and the link stays good.
     */
    async verifyEmail(viewer: Viewer | null, input: unknown): Promise<{ userId: string }> {
      const { token } = parseInput(verifyEmailInput, input)
      const link = await links.find(token, 'EMAIL_VERIFICATION')
      if (!link || (viewer && viewer.userId !== link.userId)) throw deadLink()
      await store.transaction(async (within) => {
        const used = await links.spend(link, within)
        if (!used || !(await store.verifyEmail(link.userId, link.email, clock.now(), within))) throw deadLink()
      })
      return { userId: link.userId }
    },

    async changePassword(viewer: Viewer, input: unknown): Promise<void> {
      const { current, new: chosen } = parseInput(changePasswordInput, input)
      await limits.prove(viewer.userId)
      const account = await store.credentials(viewer.userId)
      if (!(await passwords.verify(account?.passwordHash ?? null, current))) throw wrongPassword()
      const passwordHash = await passwords.hash(chosen)
      const ended = await store.transaction(async (within) => {
        await links.forget(viewer.userId, ['PASSWORD_RESET'], within)
        if (!(await store.changePassword(viewer.userId, account!.passwordHash, passwordHash, within))) throw wrongPassword()
        return sessions.revokeAll(viewer.userId, { except: viewer.sessionId, within })
      })
      await entrance.announceEnded(ended)
    },

    /** Rows are taken in the order codes, links, mails, account, sessions everywhere, so that two at once wait and don't lock each other. */
    async delete(viewer: Viewer, input: unknown): Promise<void> {
      const { password, code } = parseInput(deleteAccountInput, input)
      await limits.prove(viewer.userId)
      const account = await store.credentials(viewer.userId)
      if (!account) throw new Unauthenticated()
      const addresses = [account.email, account.phone].filter((address) => address !== null)
      if (password != null && !(await passwords.verify(account.passwordHash, password))) throw wrongPassword()
      const proof = code != null ? await proofFor(addresses, code) : null
      const { ended, afterwards } = await store.transaction(async (within) => {
        if (proof && !(await codes.spend(proof, within))) throw wrongCode()
        await codes.forget(addresses, within)
        await links.forgetAll(viewer.userId, within)
        await mails.forget(viewer.userId, addresses, within)
        if (!(await store.remove(viewer.userId, account.passwordHash, within))) throw wrongPassword()
        const ended = await sessions.revokeAll(viewer.userId, { within })
        const afterwards = []
        for (const farewell of farewells) afterwards.push(await farewell(viewer.userId, within))
        await store.bury(viewer.userId, clock.now(), within)
        return { ended, afterwards }
      })
      await entrance.announceEnded(ended)
      for (const after of afterwards) await after?.()
    },
  }
}

export type Accounts = ReturnType<typeof createAccounts>

import { BadCredentials } from '../../kernel/errors.ts'
import { parseInput } from '../../kernel/input.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Passwords } from '../../ports/passwords.ts'
import type { Device, Sessions } from '../../ports/sessions.ts'
import { requestPasswordResetInput, resetPasswordInput } from './accounts.input.ts'
import type { Errands, Writer } from '../mail/mails.ts'
import { resetLetter } from './accounts.mail.ts'
import type { AccountsStore } from './accounts.store.ts'
import type { Entrance, SignedIn } from './entrance.ts'
import type { Limits } from './limits.ts'
import type { Links } from './links.ts'

type Needs = {
  accounts: Pick<AccountsStore, 'transaction' | 'byEmail' | 'resetPassword'>
  links: Links
  entrance: Entrance
  sessions: Pick<Sessions, 'revokeAll'>
  passwords: Pick<Passwords, 'hash'>
  limits: Limits
  mails: Errands
  ids: Ids
  clock: Clock
}

export const deadLink = () => new BadCredentials('This link is used, replaced by a newer one, or too old. Ask for a new one.')

/** A way back in for whoever reads the mail of an account, and the first way in for the invited. */
export function createRecovery({ accounts, links, entrance, sessions, passwords, limits, mails, ids, clock }: Needs) {
  return {
    /** Whether there is such an account is looked up when the mail is sent, so that neither the answer nor its time tells. */
    async request(input: unknown, device: Device): Promise<void> {
      const { email } = parseInput(requestPasswordResetInput, input)
      await limits.send('reset', email, device)
      const notAfter = new Date(clock.now().getTime() + 3_600_000)
      await mails.order({ key: `reset:${ids()}`, to: email, userId: null, priority: 'SECRET', writer: 'reset', notAfter })
    },

    letter: (async ({ to: email }, within) => {
      const account = await accounts.byEmail(email, within)
      if (!account) return null
      const link = await links.issue('PASSWORD_RESET', { userId: account.userId, email }, within)
      return resetLetter(link, account.user.handle)
    }) satisfies Writer['write'],

    async reset(input: unknown, device: Device): Promise<SignedIn> {
      const { token, password } = parseInput(resetPasswordInput, input)
      const link = await links.find(token, 'PASSWORD_RESET', 'INVITATION')
      if (!link) throw deadLink()
      const passwordHash = await passwords.hash(password)
      const { ended, signedIn } = await accounts.transaction(async (within) => {
        if (!(await links.spend(link, within))) throw deadLink()
        await links.forgetAll(link.userId, within)
        const who = await accounts.resetPassword(link.userId, link.email, passwordHash, clock.now(), within)
        if (!who) throw deadLink()
        const ended = await sessions.revokeAll(link.userId, { within })
        return { ended, signedIn: await entrance.open(who, device, within) }
      })
      await entrance.announceEnded(ended)
      return signedIn
    },
  }
}

export type Recovery = ReturnType<typeof createRecovery>

import { Conflict, Forbidden, NotFound, Unauthenticated } from '../../kernel/errors.ts'
import { parseInput } from '../../kernel/input.ts'
import { uniqueViolation } from '../../kernel/unique-violation.ts'
import type { Queries } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { invitePersonInput } from './accounts.input.ts'
import type { Mails } from '../mail/mails.ts'
import { invitationLetter } from './accounts.mail.ts'
import { type InvitationPolicy, mayInvite } from './accounts.policy.ts'
import type { AccountsStore } from './accounts.store.ts'
import { handleLike, withFreeHandle } from './handles.ts'
import type { Limits } from './limits.ts'
import type { Links } from './links.ts'
import { takenOr } from './taken.ts'

/**
 * Puts someone who was just invited into channels, as the inviter, in the same transaction. Throws what `invitePerson` can end in,
 * and then nobody is invited. What it returns is called once that is committed.
 */
export type Welcome = (
  inviter: Viewer,
  userId: string,
  channelIds: readonly string[],
  within: Queries,
) => Promise<(() => void | Promise<void>) | void>

/** Where there are no channels. */
export const welcomeNowhere: Welcome = async () => {
  throw new NotFound('There is no such channel.')
}

type Needs = {
  accounts: Pick<AccountsStore, 'transaction' | 'create' | 'credentials' | 'takenHandles'>
  links: Links
  limits: Limits
  mails: Mails
  ids: Ids
  invitations: InvitationPolicy
  welcome: Welcome
}

const hasOne = () =>
  new Conflict('There is an account with this e-mail address already: nobody has to be invited. Add them to your channels instead.')

/** Accounts that someone makes for somebody else: without a password, until the link in the mail is used to choose one. */
export function createInvitations({ accounts, links, limits, mails, ids, invitations, welcome }: Needs) {
  return {
    async invite(viewer: Viewer, input: unknown): Promise<{ userId: string }> {
      if (!mayInvite(viewer, invitations)) throw new Forbidden('On this server only administrators invite people. Ask one of them.')
      const { email, displayName, channelIds } = parseInput(invitePersonInput, input)
      await limits.invite(viewer.userId)
      const inviter = await accounts.credentials(viewer.userId)
      if (!inviter) throw new Unauthenticated()
      const userId = ids()
      const make = (handle: string) =>
        accounts.transaction(async (within) => {
          await accounts.create({ id: userId, handle, displayName: displayName ?? handle, email }, within)
          const link = await links.issue('INVITATION', { userId, email }, within)
          const letter = invitationLetter(link, handle, inviter.user.handle)
          await mails.post({ key: `invitation:${userId}`, to: email, userId, priority: 'SECRET', letter, notAfter: link.expiresAt }, within)
          return channelIds?.length ? welcome(viewer, userId, channelIds, within) : undefined
        })
      const after = await withFreeHandle(handleLike(email), accounts.takenHandles, make).catch((error: unknown) => {
        throw uniqueViolation(error) === 'accounts_email_key' ? hasOne() : takenOr(error)
      })
      await after?.()
      return { userId }
    },
  }
}

export type Invitations = ReturnType<typeof createInvitations>

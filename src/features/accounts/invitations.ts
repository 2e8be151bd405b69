import { Forbidden, NotFound, Unauthenticated } from '../../kernel/errors.ts'
import { parseInput } from '../../kernel/input.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { invitePersonInput } from './accounts.input.ts'
import { invitationLetter } from './accounts.mail.ts'
import { type InvitationPolicy, mayInvite } from './accounts.policy.ts'
import type { AccountsStore } from './accounts.store.ts'
import { handleLike, withFreeHandle } from './handles.ts'
import type { Limits } from './limits.ts'
import type { Links } from './links.ts'
import type { Post } from './post.ts'
import { takenOr } from './taken.ts'

type Needs = {
  accounts: Pick<AccountsStore, 'transaction' | 'create' | 'credentials' | 'takenHandles'>
  links: Links
  limits: Limits
  post: Post
  ids: Ids
  invitations: InvitationPolicy
}

/** Accounts that someone makes for somebody else: without a password, until the link in the mail is used to choose one. */
export function createInvitations({ accounts, links, limits, post, ids, invitations }: Needs) {
  return {
    async invite(viewer: Viewer, input: unknown): Promise<{ userId: string }> {
      if (!mayInvite(viewer, invitations)) throw new Forbidden('On this server only administrators invite people. Ask one of them.')
      const { email, displayName, channelIds } = parseInput(invitePersonInput, input)
      if (channelIds?.length) throw new NotFound('There is no such channel.')
      await limits.invite(viewer.userId)
      const inviter = await accounts.credentials(viewer.userId)
      if (!inviter) throw new Unauthenticated()
      const userId = ids()
      const make = (handle: string) =>
        accounts.transaction(async (within) => {
          await accounts.create({ id: userId, handle, displayName: displayName ?? handle, email }, within)
          return { handle, link: await links.issue('INVITATION', { userId, email }, within) }
        })
      const { handle, link } = await withFreeHandle(handleLike(email), accounts.takenHandles, make).catch((error: unknown) => {
        throw takenOr(error)
      })
      post.mail(() => ({ to: email, idempotencyKey: userId, ...invitationLetter(link, handle, inviter.user.handle) }))
      return { userId }
    },
  }
}

export type Invitations = ReturnType<typeof createInvitations>

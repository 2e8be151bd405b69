import { z } from 'zod'
import { NotFound } from '../../kernel/errors.ts'
import { keyOf, parseInput } from '../../kernel/input.ts'
import { type Connection, connectionOf, type PageArgs, pageOf } from '../../kernel/page.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { mayKeepMail } from './mail.policy.ts'
import type { DeadLetter, DeadLetterKey, MailsStore } from './mails.store.ts'

const retryInput = z.object({ id: keyOf('DeadLetter') })
const uuid = z.uuid()

/** Mails that could not be sent, for administrators. */
export function createDeadLetters({ store, posted }: { store: Pick<MailsStore, 'deadLetters' | 'revive'>; posted: () => void }) {
  return {
    /** The newest first. */
    async list(viewer: Viewer, args: PageArgs): Promise<Connection<DeadLetter>> {
      mayKeepMail(viewer)
      const page = pageOf(args, keyIn)
      return connectionOf(page, await store.deadLetters(page), ({ at, id }) => [at.getTime(), id])
    },

    /** All its tries anew. */
    async retry(viewer: Viewer, input: unknown): Promise<{ id: string }> {
      mayKeepMail(viewer)
      const { id } = parseInput(retryInput, input)
      if (!(await store.revive(id)))
        throw new NotFound('There is no such dead letter. It may have been retried already, or nobody waits for it any more.')
      posted()
      return { id }
    },
  }
}

export type DeadLetters = ReturnType<typeof createDeadLetters>

function keyIn([at, id]: unknown[]): DeadLetterKey | null {
  const known = uuid.safeParse(id)
  return Number.isSafeInteger(at) && Math.abs(at as number) < 8.64e15 && known.success
    ? { at: new Date(at as number), id: known.data }
    : null
}

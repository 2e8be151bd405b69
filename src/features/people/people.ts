import type { Prisma, User } from '../../generated/prisma/client.ts'
import { Conflict, Unauthenticated } from '../../kernel/errors.ts'
import { checkAll, parseArgs, parseInput } from '../../kernel/input.ts'
import { type Connection, connectionOf, type PageArgs, pageOf } from '../../kernel/page.ts'
import { remembered } from '../../kernel/remembered.ts'
import { uniqueViolation } from '../../kernel/unique-violation.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { directoryArgs, lookUpArgs, updateProfileInput, updateSettingsInput } from './people.input.ts'
import type { PeopleStore } from './people.store.ts'

/** Who is here: profiles, the directory, one's own settings. Everyone signed in may see every profile. */
export function createPeople({ store, clock }: { store: PeopleStore; clock: Clock }) {
  return {
    /** The same as they were some seconds ago at most: for answers that many get. */
    recent: remembered(store.users, { ms: 5_000, most: 20_000, now: () => clock.now().getTime() }),

    account: (userId: string, query?: Prisma.AccountDefaultArgs) => store.account(userId, query),

    /** In the order of the ids; null for who doesn't exist. */
    users: (_viewer: Viewer, ids: readonly string[]): Promise<(User | null)[]> => store.users(ids),

    user: (_viewer: Viewer, id: string, query?: Prisma.UserDefaultArgs) => store.user(id, query),

    byHandle(_viewer: Viewer, args: { handle: string }, query?: Prisma.UserDefaultArgs) {
      const { handle } = parseArgs(lookUpArgs, args)
      return store.byHandle(handle, query)
    },

    /** By handle. A page's place is the last handle on it. */
    async directory(_viewer: Viewer, args: PageArgs & { search?: string | null }): Promise<Connection<User>> {
      const [{ search }, page] = checkAll(
        () => parseArgs(directoryArgs, args),
        () => pageOf(args, ([handle]) => (typeof handle === 'string' && /^[a-z0-9_.-]{1,30}$/.test(handle) ? handle : null)),
      )
      const people = await (search ? store.search(search, page) : store.directory(page))
      return connectionOf(page, people, ({ handle }) => [handle])
    },

    async updateProfile(viewer: Viewer, input: unknown): Promise<void> {
      const changes = parseInput(updateProfileInput, input)
      try {
        if (!(await store.updateProfile(viewer.userId, changes))) throw new Unauthenticated()
      } catch (error) {
        throw uniqueViolation(error) === 'users_handle_key' ? new Conflict('This handle is taken. Choose another one.') : error
      }
    },

    /** For who shows otherwise than by signing in that they want no mails about messages. */
    async stopMails(userId: string): Promise<void> {
      await store.updateSettings(userId, { emailNotifications: 'NONE' })
    },

    async updateSettings(viewer: Viewer, input: unknown): Promise<void> {
      const changes = parseInput(updateSettingsInput, input)
      if (!(await store.updateSettings(viewer.userId, changes))) throw new Unauthenticated()
    },
  }
}

export type People = ReturnType<typeof createPeople>

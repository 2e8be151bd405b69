import type { Prisma } from '../../generated/prisma/client.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { PeopleStore } from './people.store.ts'

/** Who is here: profiles, the directory, one's own settings. */
export function createPeople({ store }: { store: PeopleStore }) {
  return {
    account: (userId: string, query?: Prisma.AccountDefaultArgs) => store.account(userId, query),

    /** In the order of the ids; null for who doesn't exist. */
    async users(_viewer: Viewer, ids: readonly string[]) {
      const rows = new Map((await store.users(ids)).map((row) => [row.id, row]))
      return ids.map((id) => rows.get(id) ?? null)
    },
  }
}

export type People = ReturnType<typeof createPeople>

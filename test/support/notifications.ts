import { type Person, query } from './people.ts'
import type { World } from './world.ts'

/** Something in someone's list, as they see it. */
export type Listed = {
  id: string
  version: number
  kind: string
  createdAt: string
  readAt: string | null
  channel: { id: string } | null
  message: { id: string; seq: number; text: string | null } | null
  actor: { handle: string } | null
}

export const notification = 'id version kind createdAt readAt channel { id } message { id seq text } actor { handle }'

type Seen = { viewer: { notifications: { totalCount: number; edges: { cursor: string; node: Listed }[] } } }

/** Someone's list, once all is decided that was said. */
export async function listOf(world: World, person: Person, args = ''): Promise<Listed[]> {
  await world.app.notifier?.settled()
  const { viewer } = await query<Seen>(
    person.client,
    `{ viewer { notifications${args && `(${args})`} { totalCount edges { cursor node { ${notification} } } } } }`,
  )
  return viewer.notifications.edges.map(({ node }) => node)
}

/** The same in short: the kind, what it says, `read` where it is. */
export const inShort = (list: readonly Listed[]): string[] =>
  list.map(({ kind, message, readAt }) => [kind, message?.text, readAt && 'read'].filter(Boolean).join(' '))

export const unreadCount = async (world: World, person: Person): Promise<number> => {
  await world.app.notifier?.settled()
  const { viewer } = await query<Seen>(person.client, '{ viewer { notifications(unreadOnly: true, first: 0) { totalCount } } }')
  return viewer.notifications.totalCount
}

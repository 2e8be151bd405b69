import type { Channel, ChannelKind, MemberRole } from '../../generated/prisma/client.ts'
import { Forbidden, NotFound } from '../../kernel/errors.ts'
import { placesIn } from '../../kernel/input.ts'
import type { Viewer } from '../../ports/sessions.ts'
import { noSuchChannel, ranksAs, type Standing } from '../../kernel/standing.ts'

export type PublicChannelPolicy = 'everyone' | 'admins'

const changes = {
  rename: 'rename it or set its topic',
  add: 'add people',
  remove: 'remove people',
  role: 'set roles',
  archive: 'archive it',
  delete: 'delete it',
}
export type Change = keyof typeof changes
const needed: Record<Change, MemberRole> = {
  rename: 'MODERATOR',
  add: 'MODERATOR',
  remove: 'MODERATOR',
  role: 'OWNER',
  archive: 'OWNER',
  delete: 'OWNER',
}
const who: Record<MemberRole, string> = { OWNER: 'owners', MODERATOR: 'owners and moderators', MEMBER: 'members' }

/** Who may change a channel. A stranger learns of a GROUP or DIRECT channel nothing, and that a PUBLIC one isn't theirs. */
export function mayChange(change: Change, viewer: Viewer, standing: Standing | null, policy: PublicChannelPolicy): Standing {
  if (!standing) throw noSuchChannel()
  const { channel } = standing
  if (channel.kind === 'DIRECT') throw new Forbidden('A direct channel stays as it is: two people, no name, no roles.')
  const ofThePublic = change === 'rename' || change === 'archive' || change === 'delete'
  if (ofThePublic && channel.kind === 'PUBLIC' && policy === 'admins' && viewer.role !== 'ADMIN')
    throw new Forbidden('On this server only administrators change public channels.')
  if (!ranksAs(needed[change], viewer, standing)) throw new Forbidden(`Only ${who[needed[change]]} of the channel may ${changes[change]}.`)
  return standing
}

export function mayCreate(kind: ChannelKind, viewer: Viewer, policy: PublicChannelPolicy): void {
  if (kind === 'PUBLIC' && policy === 'admins' && viewer.role !== 'ADMIN')
    throw new Forbidden('On this server only administrators make public channels. Make a GROUP instead.')
}

/** All of those who are named in the input exist. */
export function allExist(path: string, userIds: readonly string[], people: readonly { id: string }[]): void {
  const known = new Set(people.map(({ id }) => id))
  const unknown = placesIn(path, userIds, (id) => !known.has(id))
  if (unknown) throw new NotFound(`${unknown}: There is no such person.`)
}

/** Moderators remove plain members only; owners and, in PUBLIC channels, administrators remove anyone. */
export function mayRemove(viewer: Viewer, standing: Standing, role: MemberRole): void {
  if (role !== 'MEMBER' && !ranksAs('OWNER', viewer, standing))
    throw new Forbidden('Only owners of the channel may remove owners and moderators.')
}

/** Past this many people, a PUBLIC channel doesn't say who comes and goes. */
const quietAbove = 100

/** Whether a channel says who comes and goes. An archived one says nothing more. */
export const worthSaying = ({ kind, memberCount, archivedAt }: Channel): boolean =>
  archivedAt === null && (kind === 'GROUP' || memberCount <= quietAbove)

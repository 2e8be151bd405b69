import { randomBytes } from 'node:crypto'
import type { ChannelKind } from '../../src/generated/prisma/client.ts'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import type { Person } from '../support/people.ts'
import { type ChannelSeed, type SeededChannel, seedDirect, seedGroup, seedMessages, seedPerson, seedPublic } from '../support/seed.ts'
import type { World } from '../support/world.ts'
import type { Role } from './table.ts'

/** What a call is made in. Everything that is not the actor's bears the secret: who is denied must not see it. */
export type Scene = {
  world: World
  role: Role
  /** Null when signed out. */
  actor: Person | null
  /** Somebody else, who has nothing to do with the actor but in a channel of the scene. */
  other: Person
  secret: string
  /**
   * A channel of this kind, to which the actor stands as the role says. `other` is in it, as an owner where there are such: who is an
   * owner isn't the only one. DIRECT has members only, and one who isn't: a stranger, whoever the role says it is.
   */
  channel(kind: ChannelKind, more?: ChannelSeed): Promise<SceneChannel>
}

export type SceneChannel = SeededChannel & {
  /** In it, with what they said. DIRECT: `other`. */
  member: Person
  /** Of the message of `member`, the second of two. */
  messageId: string
}

export async function createScene(world: World, role: Role): Promise<Scene> {
  const secret = `secret${randomBytes(8).toString('hex')}`
  const another = () => seedPerson(world, { displayName: secret, bio: secret })
  const other = await another()
  const actor = role === 'signedOut' ? null : await seedPerson(world, { role: role === 'admin' ? 'ADMIN' : 'USER' })

  const as = (...wanted: Role[]) => (actor && wanted.includes(role) ? [actor] : [])

  async function direct(): Promise<SceneChannel> {
    const [partner = await another()] = as('member')
    const channel = await seedDirect(world, other, partner)
    return spoken(channel, other)
  }

  async function shared(kind: 'GROUP' | 'PUBLIC', more: ChannelSeed): Promise<SceneChannel> {
    const member = await another()
    const channel = await (kind === 'GROUP' ? seedGroup : seedPublic)(world, {
      name: secret,
      topic: secret,
      owners: [other, ...as('owner')],
      moderators: as('moderator'),
      members: [member, ...as('member')],
      former: as('formerMember'),
      ...more,
    })
    return spoken(channel, member)
  }

  async function spoken(channel: SeededChannel, member: Person): Promise<SceneChannel> {
    await seedMessages(world, channel, [
      [other, secret],
      [member, secret],
    ])
    return { ...channel, member, messageId: encodeNodeId('Message', `${channel.key}:2`) }
  }

  return { world, role, actor, other, secret, channel: (kind, more = {}) => (kind === 'DIRECT' ? direct() : shared(kind, more)) }
}

/** The actor, or where nobody is signed in somebody in their place: for arguments that have to be about someone. */
export const actorOrOther = ({ actor, other }: Scene): Person => actor ?? other

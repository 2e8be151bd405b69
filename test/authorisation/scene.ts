import { randomBytes } from 'node:crypto'
import type { Person } from '../support/people.ts'
import { seedPerson } from '../support/seed.ts'
import type { World } from '../support/world.ts'
import type { Role } from './table.ts'

/** What a call is made in. Everything that is not the actor's bears the secret: who is denied must not see it. */
export type Scene = {
  world: World
  role: Role
  /** Null when signed out. */
  actor: Person | null
  /** Somebody else, who has nothing to do with the actor. */
  other: Person
  secret: string
}

export async function createScene(world: World, role: Role): Promise<Scene> {
  const secret = `secret${randomBytes(8).toString('hex')}`
  const other = await seedPerson(world, { displayName: secret, bio: secret })
  const actor = role === 'signedOut' ? null : await seedPerson(world, { role: role === 'admin' ? 'ADMIN' : 'USER' })
  return { world, role, actor, other, secret }
}

/** The actor, or where nobody is signed in somebody in their place: for arguments that have to be about someone. */
export const actorOrOther = ({ actor, other }: Scene): Person => actor ?? other

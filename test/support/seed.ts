import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createPasswords } from '../../src/adapters/passwords.ts'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { type Person, password, personOf } from './people.ts'
import type { World } from './world.ts'

const day = 86_400_000
let hash: Promise<string> | undefined

export type Seed = { handle?: string; displayName?: string; bio?: string; role?: 'USER' | 'ADMIN' }

/** Someone with an account and a session, written straight into the database: for when there are to be many of them. */
export async function seedPerson(
  world: World,
  { handle = `p${randomBytes(8).toString('hex')}`, displayName, bio, role }: Seed = {},
): Promise<Person> {
  const { prisma } = world.app.database
  hash ??= createPasswords().hash(password)
  const [userId, token, email] = [randomUUID(), randomBytes(32).toString('base64url'), `${handle}@example.org`]
  const tokenHash = createHash('sha256').update(token).digest('hex')
  await prisma.user.create({
    data: {
      id: userId,
      handle,
      displayName: displayName ?? handle,
      bio,
      account: { create: { email, role, passwordHash: await hash } },
      sessions: { create: { id: randomUUID(), tokenHash, expiresAt: new Date(Date.now() + day) } },
    },
  })
  return personOf(world, { id: encodeNodeId('User', userId), handle, email, password, token })
}

/** The key in an id that clients know. */
export const keyOf = (id: string): string => Buffer.from(id, 'base64url').toString().replace(/^\w+:/, '')

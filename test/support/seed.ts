import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createPasswords } from '../../src/adapters/passwords.ts'
import type { ChannelKind, MemberRole } from '../../src/generated/prisma/client.ts'
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

/** As clients know it, and as the database does. */
export type SeededChannel = { id: string; key: string }

export type ChannelSeed = {
  /** PUBLIC or GROUP have a name; of none given, one is made up. */
  name?: string
  topic?: string
  archived?: boolean
  owners?: readonly Person[]
  moderators?: readonly Person[]
  members?: readonly Person[]
  /** Who was a member once. */
  former?: readonly Person[]
}

export const seedGroup = (world: World, seed: ChannelSeed = {}): Promise<SeededChannel> => seedChannel(world, 'GROUP', seed)
export const seedPublic = (world: World, seed: ChannelSeed = {}): Promise<SeededChannel> => seedChannel(world, 'PUBLIC', seed)
/** With one person: their notes to themselves. */
export const seedDirect = (world: World, one: Person, other: Person = one): Promise<SeededChannel> =>
  seedChannel(world, 'DIRECT', { members: [...new Set([one, other])] })

/** Those named first have joined first. */
async function seedChannel(
  world: World,
  kind: ChannelKind,
  {
    name = `channel ${randomBytes(4).toString('hex')}`,
    topic,
    archived = false,
    owners = [],
    moderators = [],
    members = [],
    former = [],
  }: ChannelSeed,
): Promise<SeededChannel> {
  const { prisma } = world.app.database
  const key = randomUUID()
  const now = Date.now()
  const [low, high = low] = members.map(({ id }) => keyOf(id)).toSorted()
  const seats = (people: readonly Person[], role: MemberRole, leftAt: Date | null = null) =>
    people.map(({ id }) => ({
      channelId: key,
      userId: keyOf(id),
      role,
      leftAt,
      notificationLevel: kind === 'PUBLIC' ? ('MENTIONS' as const) : ('ALL' as const),
    }))
  const memberships = [
    ...seats(owners, 'OWNER'),
    ...seats(moderators, 'MODERATOR'),
    ...seats(members, 'MEMBER'),
    ...seats(former, 'MEMBER', new Date(now)),
  ].map((seat, place, all) => ({ ...seat, joinedAt: new Date(now - 1_000 * (all.length - place)) }))
  const shown = kind === 'DIRECT' ? { directLow: low, directHigh: high } : { name, topic }
  await prisma.channel.create({ data: { id: key, kind, ...shown, archivedAt: archived ? new Date(now) : null } })
  await prisma.membership.createMany({ data: memberships })
  await prisma.receipt.createMany({ data: memberships.map(({ channelId, userId }) => ({ channelId, userId })) })
  return { id: encodeNodeId('Channel', key), key }
}

/** Said in this order, as the next of the channel; their numbers. */
export async function seedMessages(world: World, { key }: SeededChannel, said: readonly (readonly [Person, string])[]): Promise<number[]> {
  const { prisma } = world.app.database
  const now = new Date()
  const { lastSeq } = await prisma.channel.update({ where: { id: key }, data: { lastSeq: { increment: said.length }, lastActiveAt: now } })
  const messages = said.map(([{ id }, text], place) => ({
    channelId: key,
    seq: lastSeq - said.length + place + 1,
    senderId: keyOf(id),
    text,
    createdAt: now,
  }))
  await prisma.message.createMany({ data: messages })
  for (const [userId, own] of Map.groupBy(messages, ({ senderId }) => senderId)) {
    const { seq } = own.at(-1)!
    await prisma.receipt.updateMany({ where: { channelId: key, userId }, data: { deliveredSeq: seq, readSeq: seq } })
  }
  return messages.map(({ seq }) => seq)
}

/** So many more members, without an account or a session: only to be there. Their keys. */
export async function seedCrowd(world: World, { key }: SeededChannel, size: number): Promise<string[]> {
  const { prisma } = world.app.database
  const crowd = Array.from({ length: size }, () => ({ id: randomUUID(), handle: `c${randomBytes(8).toString('hex')}` }))
  const seats = crowd.map(({ id }) => ({ channelId: key, userId: id }))
  await prisma.user.createMany({ data: crowd.map(({ id, handle }) => ({ id, handle, displayName: handle })) })
  await prisma.membership.createMany({ data: seats.map((seat) => ({ ...seat, notificationLevel: 'ALL' as const })) })
  await prisma.receipt.createMany({ data: seats })
  return crowd.map(({ id }) => id)
}

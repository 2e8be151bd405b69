import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createPasswords } from '../../src/adapters/passwords.ts'
import type { ChannelKind } from '../../src/generated/prisma/client.ts'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import { type Person, password, personOf } from './people.ts'
import type { World } from './world.ts'

let hash: Promise<string> | undefined

export type Seed = { handle?: string; displayName?: string; bio?: string; role?: 'USER' | 'ADMIN' }

/** Someone with an account and a session, written straight into the database: for when there are to be many of them. */
export async function seedPerson(
  world: World,
  { handle = `p${randomBytes(8).toString('hex')}`, displayName, bio, role }: Seed = {},
): Promise<Person> {
  hash ??= createPasswords().hash(password)
  const [userId, token, email] = [randomUUID(), randomBytes(32).toString('base64url'), `${handle}@example.org`]
  const tokenHash = createHash('sha256').update(token).digest('hex')
  await world.app.database.pool.query({
    name: 'seed_person',
    text: `WITH made AS (INSERT INTO users (id, handle, display_name, bio) VALUES ($1, $2, $3, $4)),
      account AS (INSERT INTO accounts (user_id, email, role, password_hash) VALUES ($1, $5, $6, $7))
      INSERT INTO sessions (id, token_hash, user_id, expires_at) VALUES (gen_random_uuid(), $8, $1, now() + '1 day')`,
    values: [userId, handle, displayName ?? handle, bio, email, role ?? 'USER', await hash, tokenHash],
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
  const key = randomUUID()
  const seats = [owners, moderators, members, former].flatMap((people, place) =>
    people.map(({ id }) => ({ userId: keyOf(id), role: (['OWNER', 'MODERATOR', 'MEMBER', 'MEMBER'] as const)[place], left: place === 3 })),
  )
  const [low, high = low] = kind === 'DIRECT' ? members.map(({ id }) => keyOf(id)).toSorted() : []
  const shown = kind === 'DIRECT' ? [null, null] : [name, topic]
  await world.app.database.pool.query({
    name: 'seed_channel',
    text: `WITH made AS (
        INSERT INTO channels (id, kind, name, topic, direct_low, direct_high, archived_at) VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 THEN now() END)
      ), seat AS (
        SELECT * FROM unnest($8::uuid[], $9::"MemberRole"[], $10::boolean[]) WITH ORDINALITY AS s(user_id, role, gone, place)
      ), memberships AS (
        INSERT INTO memberships (channel_id, user_id, role, joined_at, left_at, notification_level)
        SELECT $1, user_id, role, now() - (count(*) OVER () - place) * interval '1 second', CASE WHEN gone THEN now() END,
          (CASE WHEN $2 = 'PUBLIC' THEN 'MENTIONS' ELSE 'ALL' END)::"NotificationLevel" FROM seat
      )
      INSERT INTO receipts (channel_id, user_id) SELECT $1, user_id FROM seat`,
    values: [
      key,
      kind,
      ...shown,
      low,
      high,
      archived,
      seats.map(({ userId }) => userId),
      seats.map(({ role }) => role),
      seats.map(({ left }) => left),
    ],
  })
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

import type { Channel, MemberRole, Membership, Message } from '../../generated/prisma/client.ts'
import { Conflict, Forbidden, InvalidInput, NotFound } from '../../kernel/errors.ts'
import { parseArgs, parseInput } from '../../kernel/input.ts'
import { type Connection, connectionOf, type PageArgs, pageOf } from '../../kernel/page.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { Announcements } from './announcements.ts'
import { addMembersInput, channelInput, memberInput, searchArgs, setRoleInput, updateMembershipInput } from './channels.input.ts'
import { mayChange, mayRemove, type PublicChannelPolicy } from './channels.policy.ts'
import type { ChannelsStore } from './channels.store.ts'
import type { Joined, MembersStore } from './members.store.ts'
import { noSuchChannel, open, seated } from './standing.ts'

type Needs = { store: MembersStore; channels: ChannelsStore; announcements: Announcements; clock: Clock; policy: PublicChannelPolicy }

export type MembersArgs = PageArgs & { roles?: readonly MemberRole[] | null; search?: string | null }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const roleNames: Record<MemberRole, string> = { OWNER: 'an owner', MODERATOR: 'a moderator', MEMBER: 'a member' }
const noSuchMember = () => new NotFound('This person is not in the channel.')
const lastOwner = () => new Conflict('The channel would have no owner left. Make someone else an owner first.')

/** Past this many people, a PUBLIC channel doesn't say who comes and goes. */
const quietAbove = 100

/** Who is in a channel, and as what. */
export function createMembers({ store, channels, announcements, clock, policy }: Needs) {
  const worthSaying = ({ kind, memberCount }: Channel) => kind === 'GROUP' || memberCount <= quietAbove

  /** Seats people behind the newest message; GROUP: with what was written before only where it is given to them. */
  async function seat(channel: Channel, userIds: readonly string[], withHistory: boolean, note: () => Promise<Message>, within: Queries) {
    const said = worthSaying(channel) ? await note() : null
    const newest = said?.seq ?? channel.lastSeq
    const historyFrom = channel.kind === 'PUBLIC' || withHistory ? 1 : Math.max(1, said?.seq ?? newest + 1)
    const people = userIds.map((userId) => ({ userId, role: 'MEMBER' as const }))
    return { said, seats: await store.seat(channel, people, { lastSeq: newest, historyFrom, at: clock.now() }, within) }
  }

  async function names(userIds: readonly string[], within: Queries): Promise<string> {
    const people = await store.living(userIds, within)
    if (people.length < userIds.length) throw new NotFound('One of these people does not exist.')
    const [first, second, ...others] = people.map(({ displayName }) => displayName)
    if (!second) return first ?? ''
    return others.length > 0 ? `${first}, ${second} and ${others.length} more` : `${first} and ${second}`
  }

  return {
    /** The same page of several channels, whose members their viewers may see. */
    async pages(channelIds: readonly string[], args: MembersArgs): Promise<Connection<Membership>[]> {
      const { search } = parseArgs(searchArgs, args)
      const page = pageOf<Joined>(args, ([at, userId]) =>
        typeof at === 'number' && Number.isSafeInteger(at) && typeof userId === 'string' && uuid.test(userId)
          ? { at: new Date(at), userId }
          : null,
      )
      const pages = await store.pages(channelIds, { roles: args.roles ?? null, search }, page)
      return channelIds.map((id) => connectionOf(page, pages.get(id) ?? [], ({ joinedAt, userId }) => [joinedAt.getTime(), userId]))
    },

    count: (channel: Channel, { roles, search }: MembersArgs): Promise<number> | number =>
      roles || search
        ? store.count(channel.id, { roles: roles ?? null, search: parseArgs(searchArgs, { search }).search })
        : channel.memberCount,

    /** In the order of the places; null where nobody is, or where the viewer may not look. */
    async at(viewer: Viewer, places: readonly { channelId: string; userId: string }[]): Promise<(Membership | null)[]> {
      const seen = await channels.standings(viewer.userId, [...new Set(places.map(({ channelId }) => channelId))])
      const visible = new Set(seen.flatMap((standing) => (standing ? [standing.channel.id] : [])))
      const rows = await store.at(places.filter(({ channelId }) => visible.has(channelId)))
      const rowOf = new Map(rows.map((row) => [`${row.channelId}:${row.userId}`, row]))
      return places.map(({ channelId, userId }) => rowOf.get(`${channelId}:${userId}`) ?? null)
    },

    async join(viewer: Viewer, input: unknown): Promise<Membership> {
      const { channelId } = parseInput(channelInput, input)
      const done = await channels.transaction(async (within) => {
        const standing = await channels.hold(viewer.userId, channelId, within)
        if (!standing) throw noSuchChannel()
        const { channel, membership } = standing
        if (membership) return { channel, said: null, seats: [membership], known: true }
        open(standing)
        return {
          channel,
          ...(await seat(
            channel,
            [viewer.userId],
            true,
            () => announcements.note(channel, viewer.userId, (name) => `${name} joined.`, within),
            within,
          )),
          known: false,
        }
      })
      if (!done.known) announcements.seated(done.channel, done.seats, done.said)
      return done.seats[0]!
    },

    async add(viewer: Viewer, input: unknown): Promise<Membership[]> {
      const { channelId, userIds, withHistory } = parseInput(addMembersInput, input)
      const done = await channels.transaction(async (within) => {
        const standing = mayChange('add', viewer, await channels.hold(viewer.userId, channelId, within), policy)
        open(standing)
        const wanted = [...new Set(userIds)]
        await names(wanted, within)
        const there = await store.at(
          wanted.map((userId) => ({ channelId, userId })),
          within,
        )
        const missing = wanted.filter((userId) => !there.some((membership) => membership.userId === userId))
        if (missing.length === 0) return { channel: standing.channel, said: null, seats: [], all: there }
        const whom = await names(missing, within)
        const note = () => announcements.note(standing.channel, viewer.userId, (name) => `${name} added ${whom}.`, within)
        const { said, seats } = await seat(standing.channel, missing, withHistory, note, within)
        return { channel: standing.channel, said, seats, all: [...there, ...seats] }
      })
      announcements.seated(done.channel, done.seats, done.said)
      return done.all
    },

    async leave(viewer: Viewer, input: unknown): Promise<{ channelId: string }> {
      const { channelId } = parseInput(channelInput, input)
      const done = await channels.transaction(async (within) => {
        const { channel, membership } = seated(await channels.hold(viewer.userId, channelId, within))
        if (channel.kind === 'DIRECT') throw new Forbidden('A direct channel stays: mute it instead.')
        const last = channel.memberCount === 1
        if (!last && membership.role === 'OWNER' && (await store.owners(channelId, within)) === 1) throw lastOwner()
        const said =
          !channel.archivedAt && worthSaying(channel)
            ? await announcements.note(channel, viewer.userId, (name) => `${name} left.`, within)
            : null
        const left = await store.leave(channelId, viewer.userId, clock.now(), within)
        const archived = last && !channel.archivedAt ? await channels.update(channelId, { archivedAt: clock.now() }, within) : null
        return { said, left, archived }
      })
      announcements.left(done.left, done.said)
      if (done.archived) announcements.changed(done.archived, null)
      return { channelId }
    },

    async remove(viewer: Viewer, input: unknown): Promise<{ channelId: string; userId: string }> {
      const { channelId, userId } = parseInput(memberInput, input)
      const done = await channels.transaction(async (within) => {
        const standing = mayChange('remove', viewer, await channels.hold(viewer.userId, channelId, within), policy)
        open(standing)
        if (userId === viewer.userId) throw new Conflict('That is you: leave the channel instead.')
        const membership = await store.find(channelId, userId, within)
        if (!membership) throw noSuchMember()
        mayRemove(viewer, standing, membership.role)
        if (membership.role === 'OWNER' && (await store.owners(channelId, within)) === 1) throw lastOwner()
        const whom = await names([userId], within)
        const said = worthSaying(standing.channel)
          ? await announcements.note(standing.channel, viewer.userId, (name) => `${name} removed ${whom}.`, within)
          : null
        return { said, left: await store.leave(channelId, userId, clock.now(), within) }
      })
      announcements.left(done.left, done.said)
      return { channelId, userId }
    },

    async setRole(viewer: Viewer, input: unknown): Promise<Membership> {
      const { channelId, userId, role } = parseInput(setRoleInput, input)
      const done = await channels.transaction(async (within) => {
        const standing = mayChange('role', viewer, await channels.hold(viewer.userId, channelId, within), policy)
        open(standing)
        const membership = await store.find(channelId, userId, within)
        if (!membership) throw noSuchMember()
        if (membership.role === role) return { membership, said: null, changed: false }
        if (membership.role === 'OWNER' && (await store.owners(channelId, within)) === 1) throw lastOwner()
        const whom = await names([userId], within)
        const said = await announcements.note(standing.channel, viewer.userId, (name) => `${name} made ${whom} ${roleNames[role]}.`, within)
        return { membership: await store.setRole(channelId, userId, role, within), said, changed: true }
      })
      if (done.changed) announcements.memberChanged(done.membership, done.said)
      return done.membership
    },

    /** One's own notification level and mute. */
    async choose(viewer: Viewer, input: unknown): Promise<Membership> {
      const { channelId, ...choice } = parseInput(updateMembershipInput, input)
      if (choice.mutedUntil && choice.mutedUntil <= clock.now())
        throw new InvalidInput([{ path: 'input.mutedUntil', reason: 'Must lie ahead. Null ends the mute.' }])
      seated((await channels.standings(viewer.userId, [channelId]))[0] ?? null)
      const membership = await store.choose(channelId, viewer.userId, choice)
      if (!membership) throw noSuchChannel()
      announcements.memberChanged(membership)
      return membership
    },

    /**
     * When an account goes: owned channels are handed to the longest-standing moderator, else member; the last one's channel is
     * archived. Their direct channels stay, with the other alone in them.
     */
    async farewell(userId: string, within: Queries): Promise<() => void> {
      const told: (() => void)[] = []
      for (const { channelId } of await store.seatsOf(userId, within)) {
        const standing = await channels.hold(userId, channelId, within)
        if (!standing?.membership) continue
        const heir = await store.heir(channelId, userId, within)
        if (heir && standing.membership.role === 'OWNER' && heir.role !== 'OWNER' && (await store.owners(channelId, within)) === 1) {
          const promoted = await store.setRole(channelId, heir.userId, 'OWNER', within)
          told.push(() => announcements.memberChanged(promoted))
        }
        const left = await store.leave(channelId, userId, clock.now(), within)
        told.push(() => announcements.left(left))
        if (!heir && standing.channel.kind !== 'DIRECT' && !standing.channel.archivedAt) {
          const archived = await channels.update(channelId, { archivedAt: clock.now() }, within)
          told.push(() => announcements.changed(archived, null))
        }
      }
      return () => told.forEach((tell) => tell())
    },
  }
}

export type Members = ReturnType<typeof createMembers>

import type { Channel, MemberRole, Membership } from '../../generated/prisma/client.ts'
import { Conflict, Forbidden, InvalidInput, NotFound } from '../../kernel/errors.ts'
import { parseInput, nobody, placesIn } from '../../kernel/input.ts'
import { keyIn } from '../../kernel/node-id.ts'
import type { Turns } from '../../kernel/turns.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { Fenced } from '../messages/messages.store.ts'
import type { Added } from '../notifications/added.ts'
import type { Announcements, Sentence } from './announcements.ts'
import { addMembersInput, channelInput, memberInput, setRoleInput, updateMembershipInput } from './channels.input.ts'
import { allExist, mayChange, mayRemove, type PublicChannelPolicy, worthSaying } from './channels.policy.ts'
import type { ChannelsStore } from './channels.store.ts'
import type { Known, MembersStore, Seat } from './members.store.ts'
import { noSuchChannel, open, seated } from '../../kernel/standing.ts'

type Needs = {
  store: MembersStore
  channels: ChannelsStore
  announcements: Announcements
  added: Added
  clock: Clock
  policy: PublicChannelPolicy
  turns: Turns
}

const roleNames: Record<MemberRole, string> = { OWNER: 'an owner', MODERATOR: 'a moderator', MEMBER: 'a member' }
const noSuchMember = () => new NotFound('This person is not in the channel.')
const lastOwner = () => new Conflict('The channel would have no owner left. Make someone else an owner first.')

/** Who comes into a channel, who goes, and as what they are there. People first, then the channel: everyone locks in this order. */
export function createMembers({ store, channels, announcements, added, clock, policy, turns }: Needs) {
  const changing = <Result>(channelId: string, work: (within: Queries) => Promise<Result>): Promise<Result> =>
    turns(channelId, () => channels.transaction(work))

  /** Where it is worth saying. */
  const say = async (channel: Channel, actorId: string, sentence: Sentence, within: Queries): Promise<Fenced | null> =>
    worthSaying(channel) ? announcements.note(channel, actorId, sentence, within) : null

  /** Seats people behind the newest message; in a GROUP with what was said before only where it is given to them. */
  async function admit(channel: Channel, userIds: readonly string[], withHistory: boolean, said: Fenced | null, within: Queries) {
    const lastSeq = said?.seq ?? channel.lastSeq
    const historyFrom = channel.kind === 'PUBLIC' || withHistory ? 1 : (said?.seq ?? lastSeq + 1)
    const people = userIds.map((userId) => ({ userId, role: 'MEMBER' as const }))
    return store.seat(channel, people, { lastSeq, historyFrom, at: clock.now() }, within)
  }

  /** Whoever comes in by themselves, an administrator into a PUBLIC channel, needs not be told. */
  const addedByOthers = (channel: Channel, userIds: readonly string[], { userId: actorId }: Viewer, within: Queries) =>
    added(
      channel.id,
      userIds.filter((userId) => userId !== actorId),
      actorId,
      within,
    )

  /** Somebody gets up. Where it was the last one, the channel is archived. */
  async function vacate({ channelId, userId }: Seat, within: Queries) {
    const left = await store.leave(channelId, userId, clock.now(), within)
    const [archived] = await channels.archiveEmpty([channelId], clock.now(), within)
    return { left, archived }
  }

  async function settle(membership: Membership, choice: Parameters<MembersStore['choose']>[1]): Promise<Membership | null> {
    const chosen = await store.choose(membership, choice)
    if (chosen && chosen.version > membership.version) announcements.memberChanged(chosen)
    return chosen
  }

  const nobodyLeads = async (channel: Channel, { role }: Membership, within: Queries) =>
    role === 'OWNER' && channel.memberCount > 1 && (await store.owners(channel.id, within)) === 1

  return {
    async join(viewer: Viewer, input: unknown): Promise<Membership> {
      const { channelId } = parseInput(channelInput, input)
      const { channel, said, seats, membership } = await changing(channelId, async (within) => {
        const [self] = await store.keep([viewer.userId], within)
        const standing = await channels.hold(viewer.userId, channelId, within)
        if (!standing || !self) throw noSuchChannel()
        const { channel, membership } = standing
        if (membership) return { channel, said: null, seats: [], membership }
        open(standing)
        const said = await say(channel, viewer.userId, (name) => `${name} joined.`, within)
        const seats = await admit(channel, [viewer.userId], true, said, within)
        return { channel, said, seats, membership: seats[0]! }
      })
      announcements.seated(channel, seats, said)
      return membership
    },

    /** In the order of the ids. Whoever is there already stays as they are. */
    async add(viewer: Viewer, input: unknown): Promise<Membership[]> {
      const { channelId, userIds, withHistory } = parseInput(addMembersInput, input)
      const wanted = [...new Set(userIds)]
      const { channel, said, seats, there, tellAdded } = await changing(channelId, async (within) => {
        const people = await store.keep(wanted, within)
        const standing = mayChange('add', viewer, await channels.hold(viewer.userId, channelId, within), policy)
        open(standing)
        allExist('input.userIds', userIds, people)
        const { channel } = standing
        const there = await store.at(
          wanted.map((userId) => ({ channelId, userId })),
          within,
        )
        const seated = new Set(there.map(({ userId }) => userId))
        const newcomers = people.filter(({ id }) => !seated.has(id))
        if (newcomers.length === 0) return { channel, said: null, seats: [], there, tellAdded: () => {} }
        const said = await say(channel, viewer.userId, (name) => `${name} added ${namesOf(newcomers)}.`, within)
        const ids = newcomers.map(({ id }) => id)
        const seats = await admit(channel, ids, withHistory, said, within)
        return { channel, said, seats, there, tellAdded: await addedByOthers(channel, ids, viewer, within) }
      })
      announcements.seated(channel, seats, said)
      tellAdded()
      const rowOf = new Map([...there, ...seats].map((row) => [row.userId, row]))
      return wanted.map((userId) => rowOf.get(userId)!)
    },

    /** Adds someone who was just invited, in the transaction that makes their account. See `Welcome` in the room `accounts`. */
    async welcome(inviter: Viewer, userId: string, channelIds: readonly string[], within: Queries): Promise<() => void> {
      const asked = channelIds.map((id) => keyIn('Channel', id) ?? nobody)
      const wanted = [...new Set(asked)]
      const [person] = await store.keep([userId], within)
      const standings = await channels.holdAll(inviter.userId, wanted, within)
      const unknown = placesIn('input.channelIds', asked, (id) => !standings[wanted.indexOf(id)])
      if (unknown) throw new NotFound(`${unknown}: ${noSuchChannel().reason}`)
      const told: (() => void)[] = []
      for (const standing of standings) {
        open(mayChange('add', inviter, standing, policy))
        const { channel } = standing!
        const said = await say(channel, inviter.userId, (name) => `${name} added ${person!.displayName}.`, within)
        const seats = await admit(channel, [userId], false, said, within)
        const tellAdded = await addedByOthers(channel, [userId], inviter, within)
        told.push(() => announcements.seated(channel, seats, said), tellAdded)
      }
      return () => told.forEach((tell) => tell())
    },

    async leave(viewer: Viewer, input: unknown): Promise<{ channelId: string }> {
      const { channelId } = parseInput(channelInput, input)
      const { said, left, archived } = await changing(channelId, async (within) => {
        const { channel, membership } = seated(await channels.hold(viewer.userId, channelId, within))
        if (channel.kind === 'DIRECT') throw new Forbidden('A direct channel stays: mute it instead.')
        if (await nobodyLeads(channel, membership, within)) throw lastOwner()
        const said = await say(channel, viewer.userId, (name) => `${name} left.`, within)
        return { said, ...(await vacate(membership, within)) }
      })
      announcements.left(left, said)
      if (archived) announcements.changed(archived)
      return { channelId }
    },

    async remove(viewer: Viewer, input: unknown): Promise<{ channelId: string; userId: string }> {
      const { channelId, userId } = parseInput(memberInput, input)
      const { said, left, archived } = await changing(channelId, async (within) => {
        const people = await store.keep([userId], within)
        const standing = mayChange('remove', viewer, await channels.hold(viewer.userId, channelId, within), policy)
        open(standing)
        const membership = await store.find(channelId, userId, within)
        if (!membership) throw noSuchMember()
        if (userId === viewer.userId) throw new Conflict('That is you: leave the channel instead.')
        mayRemove(viewer, standing, membership.role)
        if (await nobodyLeads(standing.channel, membership, within)) throw lastOwner()
        const said = await say(standing.channel, viewer.userId, (name) => `${name} removed ${namesOf(people)}.`, within)
        return { said, ...(await vacate(membership, within)) }
      })
      announcements.left(left, said)
      if (archived) announcements.changed(archived)
      return { channelId, userId }
    },

    async setRole(viewer: Viewer, input: unknown): Promise<Membership> {
      const { channelId, userId, role } = parseInput(setRoleInput, input)
      const { membership, said, changed } = await changing(channelId, async (within) => {
        const people = await store.keep([userId], within)
        const { channel } = mayChange('role', viewer, await channels.hold(viewer.userId, channelId, within), policy)
        const membership = await store.find(channelId, userId, within)
        if (!membership) throw noSuchMember()
        if (membership.role === role) return { membership, said: null, changed: false }
        if (membership.role === 'OWNER' && (await store.owners(channelId, within)) === 1) throw lastOwner()
        const said = channel.archivedAt
          ? null
          : await announcements.note(channel, viewer.userId, (name) => `${name} made ${namesOf(people)} ${roleNames[role]}.`, within)
        return { membership: await store.setRole(channelId, userId, role, within), said, changed: true }
      })
      if (changed) announcements.memberChanged(membership, said)
      return membership
    },

    /** One's own notification level and mute. */
    async choose(viewer: Viewer, input: unknown): Promise<Membership> {
      const { channelId, ...choice } = parseInput(updateMembershipInput, input)
      if (choice.mutedUntil && choice.mutedUntil <= clock.now())
        throw new InvalidInput([{ path: 'input.mutedUntil', reason: 'Must lie ahead. Null ends the mute.' }])
      const { membership } = seated((await channels.standings(viewer.userId, [channelId]))[0] ?? null)
      const chosen = await settle(membership, choice)
      if (!chosen) throw noSuchChannel()
      return chosen
    },

    /** Nothing of this channel interrupts somebody any more: for who shows otherwise than by signing in that they want it so. */
    async silence(userId: string, channelId: string): Promise<void> {
      const [standing] = await channels.standings(userId, [channelId])
      if (standing?.membership) await settle(standing.membership, { notificationLevel: 'NONE' })
    },
  }
}

function namesOf([first, second, ...others]: readonly Known[]): string {
  if (!second) return first?.displayName ?? ''
  const two = `${first!.displayName}${others.length > 0 ? ', ' : ' and '}${second.displayName}`
  return others.length > 0 ? `${two} and ${others.length} more` : two
}

export type Members = ReturnType<typeof createMembers>

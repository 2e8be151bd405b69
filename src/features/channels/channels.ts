import type { Channel, ChannelKind } from '../../generated/prisma/client.ts'
import { NotFound } from '../../kernel/errors.ts'
import { parseArgs, parseInput } from '../../kernel/input.ts'
import { keyIn } from '../../kernel/node-id.ts'
import { type Connection, connectionOf, type PageArgs, pageOf } from '../../kernel/page.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { Announcements } from './announcements.ts'
import { archiveChannelInput, channelInput, createChannelInput, openDirectInput, searchArgs, updateChannelInput } from './channels.input.ts'
import { mayChange, mayCreate, type PublicChannelPolicy } from './channels.policy.ts'
import type { ChannelsStore } from './channels.store.ts'
import type { MembersStore } from './members.store.ts'
import { open, seated, type Seat, type Standing } from './standing.ts'

type Needs = {
  store: ChannelsStore
  members: MembersStore
  announcements: Announcements
  ids: Ids
  clock: Clock
  policy: PublicChannelPolicy
}

type ListArgs = PageArgs & { kinds?: readonly ChannelKind[] | null; unreadOnly?: boolean | null; archived?: boolean | null }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Channels: finding them, making them, changing what they show of themselves. */
export function createChannels({ store, members, announcements, ids, clock, policy }: Needs) {
  /** People of an input, all of them living. */
  const everyone = async (userIds: readonly string[], within: Queries): Promise<void> => {
    const wanted = new Set(userIds)
    if ((await members.living([...wanted], within)).length < wanted.size) throw new NotFound('One of these people does not exist.')
  }

  return {
    /** In the order of the ids; null for what the viewer may not see. */
    standings: (viewer: Viewer, channelIds: readonly string[]): Promise<(Standing | null)[]> => store.standings(viewer.userId, channelIds),

    async byNodeId(viewer: Viewer, id: string): Promise<Channel | null> {
      const key = keyIn('Channel', id)
      return key ? ((await store.standings(viewer.userId, [key]))[0]?.channel ?? null) : null
    },

    /** The viewer's seat in a channel, or the refusal that a stranger meets. */
    async seat(viewer: Viewer, channelId: string): Promise<Seat> {
      return seated((await store.standings(viewer.userId, [channelId]))[0] ?? null)
    },

    /** Those the viewer is in, the most recently active first. */
    async mine(viewer: Viewer, args: ListArgs): Promise<Connection<Standing>> {
      const page = pageOf(args, ([at, id]) =>
        typeof at === 'number' && Number.isSafeInteger(at) && typeof id === 'string' && uuid.test(id) ? { at: new Date(at), id } : null,
      )
      const filter = { kinds: args.kinds ?? null, unreadOnly: args.unreadOnly ?? false, archived: args.archived ?? false }
      const found = await store.listOf(viewer.userId, filter, page)
      return connectionOf(page, found, ({ channel }) => [channel.lastActiveAt.getTime(), channel.id])
    },

    /** The PUBLIC ones, by name. */
    async listed(_viewer: Viewer, args: PageArgs & { search?: string | null }): Promise<Connection<Channel>> {
      const { search } = parseArgs(searchArgs, args)
      const page = pageOf(args, ([name, id]) => (typeof name === 'string' && typeof id === 'string' && uuid.test(id) ? { name, id } : null))
      return connectionOf(page, await store.listed(search, page), ({ name, id }) => [name!.toLowerCase(), id])
    },

    async openDirect(viewer: Viewer, input: unknown): Promise<{ channel: Channel; created: boolean }> {
      const { userId } = parseInput(openDirectInput, input)
      const opened = await store.transaction(async (within) => {
        await everyone([userId], within)
        const { id, created } = await store.direct(ids(), [viewer.userId, userId], within)
        const people = [...new Set([viewer.userId, userId])].map((id) => ({ userId: id, role: 'MEMBER' as const }))
        const at = clock.now()
        const seats = created ? await members.seat({ id, kind: 'DIRECT' }, people, { lastSeq: 0, historyFrom: 1, at }, within) : []
        return { id, created, seats }
      })
      const [standing] = await store.standings(viewer.userId, [opened.id])
      const { channel } = seated(standing ?? null)
      announcements.seated(channel, opened.seats)
      return { channel, created: opened.created }
    },

    async create(viewer: Viewer, input: unknown): Promise<Channel> {
      const { kind, name, topic, memberIds } = parseInput(createChannelInput, input)
      mayCreate(kind, viewer, policy)
      const others = new Set(memberIds).difference(new Set([viewer.userId]))
      const { channel, seats } = await store.transaction(async (within) => {
        await everyone([...others], within)
        const { id } = await store.create({ id: ids(), kind, name, topic: topic || null }, within)
        const people = [
          { userId: viewer.userId, role: 'OWNER' as const },
          ...[...others].map((userId) => ({ userId, role: 'MEMBER' as const })),
        ]
        const seats = await members.seat({ id, kind }, people, { lastSeq: 0, historyFrom: 1, at: clock.now() }, within)
        return { channel: (await store.standings(viewer.userId, [id], within))[0]!.channel, seats }
      })
      announcements.seated(channel, seats)
      return channel
    },

    async update(viewer: Viewer, input: unknown): Promise<Channel> {
      const { channelId, ...changes } = parseInput(updateChannelInput, input)
      const done = await store.transaction(async (within) => {
        const standing = mayChange('rename', viewer, await store.hold(viewer.userId, channelId, within), policy)
        open(standing)
        const channel = await store.update(channelId, changes, within)
        const renamed = channel.name !== standing.channel.name
        return {
          channel,
          notice: renamed
            ? await announcements.note(channel, viewer.userId, (name) => `${name} renamed the channel to «${channel.name}».`, within)
            : null,
        }
      })
      announcements.changed(done.channel, done.notice)
      return done.channel
    },

    async archive(viewer: Viewer, input: unknown): Promise<Channel> {
      const { channelId, archived } = parseInput(archiveChannelInput, input)
      const channel = await store.transaction(async (within) => {
        const { channel } = mayChange('archive', viewer, await store.hold(viewer.userId, channelId, within), policy)
        if ((channel.archivedAt !== null) === archived) return channel
        return store.update(channelId, { archivedAt: archived ? clock.now() : null }, within)
      })
      announcements.changed(channel, null)
      return channel
    },

    async delete(viewer: Viewer, input: unknown): Promise<{ channelId: string }> {
      const { channelId } = parseInput(channelInput, input)
      const channel = await store.transaction(async (within) => {
        mayChange('delete', viewer, await store.hold(viewer.userId, channelId, within), policy)
        return store.update(channelId, { deletedAt: clock.now() }, within)
      })
      announcements.deleted(channel)
      return { channelId }
    },
  }
}

export type Channels = ReturnType<typeof createChannels>

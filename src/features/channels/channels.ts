import type { Channel, ChannelKind, Membership } from '../../generated/prisma/client.ts'
import { NotFound } from '../../kernel/errors.ts'
import { checkAll, parseArgs, parseInput } from '../../kernel/input.ts'
import { remembered } from '../../kernel/remembered.ts'
import { type Connection, connectionOf, type PageArgs, pageOf } from '../../kernel/page.ts'
import type { Turns } from '../../kernel/turns.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Queries } from '../../ports/database.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { Announcements } from './announcements.ts'
import { archiveChannelInput, channelInput, createChannelInput, openDirectInput, searchArgs, updateChannelInput } from './channels.input.ts'
import { allExist, mayChange, mayCreate, type PublicChannelPolicy } from './channels.policy.ts'
import type { ChannelsStore, Listed } from './channels.store.ts'
import type { MembersStore } from './members.store.ts'
import type { Added } from '../notifications/added.ts'
import { isKey, momentIn, partsOf } from '../../kernel/moment.ts'
import { open, type Seat, seated, type Standing } from '../../kernel/standing.ts'

type Needs = {
  store: ChannelsStore
  members: MembersStore
  announcements: Announcements
  added: Added
  ids: Ids
  clock: Clock
  policy: PublicChannelPolicy
  turns: Turns
}

type ListArgs = PageArgs & { kinds?: readonly ChannelKind[] | null; unreadOnly?: boolean | null; archived?: boolean | null }

/** Channels: finding them, making them, changing what they show of themselves. */
export function createChannels({ store, members, announcements, added, ids, clock, policy, turns }: Needs) {
  const changing = <Result>(channelId: string, work: (within: Queries) => Promise<Result>): Promise<Result> =>
    turns(channelId, () => store.transaction(work))

  /** The viewer and those whom the input names there exist, and go on to until the transaction ends. */
  const everyone = async ({ userId }: Viewer, path: string, userIds: readonly string[], within: Queries): Promise<void> => {
    const people = await members.keep([userId, ...userIds], within)
    allExist(path, userIds, people)
    if (!people.some(({ id }) => id === userId)) throw new NotFound('Your account was deleted.')
  }

  /** Who brings a channel back that nobody is in is its owner: or else it would have none, whoever joins. */
  const takeOver = async ({ userId }: Viewer, channel: Channel, within: Queries): Promise<Membership[]> => {
    if (channel.memberCount > 0) return []
    const { lastSeq } = channel
    return members.seat(channel, [{ userId, role: 'OWNER' }], { lastSeq, historyFrom: 1, at: clock.now() }, within)
  }

  return {
    /** The channels themselves, as they were some seconds ago at most: for answers that many get, all of whom may see them. */
    recent: remembered(store.rows, { ms: 1_000, most: 20_000, now: () => clock.now().getTime() }),

    /** In the order of the ids; null for what the viewer may not see. */
    standings: (viewer: Viewer, channelIds: readonly string[]): Promise<(Standing | null)[]> => store.standings(viewer.userId, channelIds),

    /** The viewer's seat in a channel, or the refusal that a stranger meets. */
    async seat(viewer: Viewer, channelId: string): Promise<Seat> {
      return seated((await store.standings(viewer.userId, [channelId]))[0] ?? null)
    },

    /** Those the viewer is in, the most recently active first. */
    async mine(viewer: Viewer, args: ListArgs): Promise<Connection<Standing>> {
      const page = pageOf(args, momentIn)
      const filter = { kinds: args.kinds ?? null, unreadOnly: args.unreadOnly ?? false, archived: args.archived ?? false }
      return seen(connectionOf(page, await store.listOf(viewer.userId, filter, page), ({ place }) => partsOf(place)))
    },

    /** The PUBLIC ones, by name. */
    async listed(viewer: Viewer, args: PageArgs & { search?: string | null }): Promise<Connection<Standing>> {
      const [{ search }, page] = checkAll(
        () => parseArgs(searchArgs, args),
        () => pageOf(args, ([name, id]) => (isName(name) && isKey(id) ? { name, id } : null)),
      )
      return seen(connectionOf(page, await store.listPublic(viewer.userId, search, page), ({ place }) => [place.name, place.id]))
    },

    async openDirect(viewer: Viewer, input: unknown): Promise<{ channel: Channel; created: boolean }> {
      const { userId } = parseInput(openDirectInput, input)
      const opened = await store.transaction(async (within) => {
        const both = [...new Set([viewer.userId, userId])]
        await everyone(viewer, 'input.userId', [userId], within)
        const { id, created } = await store.direct(ids(), [viewer.userId, userId], within)
        const people = both.map((userId) => ({ userId, role: 'MEMBER' as const }))
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
      const others = [...new Set(memberIds).difference(new Set([viewer.userId]))]
      const { channel, seats, tellAdded } = await store.transaction(async (within) => {
        await everyone(viewer, 'input.memberIds', memberIds ?? [], within)
        const { id } = await store.create({ id: ids(), kind, name, topic: topic || null }, within)
        const people = [{ userId: viewer.userId, role: 'OWNER' as const }, ...others.map((userId) => ({ userId, role: 'MEMBER' as const }))]
        const seats = await members.seat({ id, kind }, people, { lastSeq: 0, historyFrom: 1, at: clock.now() }, within)
        const tellAdded = await added(id, others, viewer.userId, within)
        return { channel: (await store.standings(viewer.userId, [id], within))[0]!.channel, seats, tellAdded }
      })
      announcements.seated(channel, seats)
      tellAdded()
      return channel
    },

    async update(viewer: Viewer, input: unknown): Promise<Channel> {
      const { channelId, ...changes } = parseInput(updateChannelInput, input)
      const { before, channel, said } = await changing(channelId, async (within) => {
        const standing = mayChange('rename', viewer, await store.hold(viewer.userId, channelId, within), policy)
        open(standing)
        const before = standing.channel
        const sentence = (name: string) => `${name} renamed the channel to «${changes.name}».`
        const renamed = changes.name !== undefined && changes.name !== before.name
        const said = renamed ? await announcements.note(before, viewer.userId, sentence, within) : null
        return { before, channel: await store.update(channelId, changes, within), said }
      })
      if (channel.version > before.version) announcements.changed(channel, said)
      return channel
    },

    async archive(viewer: Viewer, input: unknown): Promise<Channel> {
      const { channelId, archived } = parseInput(archiveChannelInput, input)
      const { before, channel, seats } = await changing(channelId, async (within) => {
        const [self] = await members.keep([viewer.userId], within)
        const { channel: before } = mayChange('archive', viewer, await store.hold(viewer.userId, channelId, within), policy)
        if ((before.archivedAt !== null) === archived) return { before, channel: before, seats: [] }
        const seats = self && !archived ? await takeOver(viewer, before, within) : []
        return { before, channel: await store.update(channelId, { archivedAt: archived ? clock.now() : null }, within), seats }
      })
      if (channel.version > before.version) announcements.changed(channel)
      announcements.seated(channel, seats)
      return channel
    },

    async delete(viewer: Viewer, input: unknown): Promise<{ channelId: string }> {
      const { channelId } = parseInput(channelInput, input)
      const channel = await changing(channelId, async (within) => {
        mayChange('delete', viewer, await store.hold(viewer.userId, channelId, within), policy)
        return store.update(channelId, { deletedAt: clock.now() }, within)
      })
      announcements.deleted(channel)
      return { channelId }
    },
  }
}

/** What the viewer still sees of a page. Its ends stay where they were. */
const seen = ({ edges, pageInfo }: Connection<Listed<unknown>>): Connection<Standing> => ({
  edges: edges.flatMap(({ cursor, node: { standing } }) => (standing ? [{ cursor, node: standing }] : [])),
  pageInfo,
})

/** A name as a cursor holds it: any text that PostgreSQL can compare with. */
const isName = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')

export type Channels = ReturnType<typeof createChannels>

import type { Channel, Membership } from '../../generated/prisma/client.ts'
import { InvalidInput } from '../../kernel/errors.ts'
import { parseInput } from '../../kernel/input.ts'
import { type Connection, connectionOf, type PageArgs, pageOf } from '../../kernel/page.ts'
import { allSeated, seated } from '../../kernel/standing.ts'
import { channelTopic } from '../../kernel/topics.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { Announcements } from '../channels/announcements.ts'
import type { ChannelsStore } from '../channels/channels.store.ts'
import type { ReceiptEvent } from './receipts.events.ts'
import { markDeliveredInput, markReadInput, markUnreadInput } from './receipts.input.ts'
import type { Mark, ReceiptsStore, Said, Seat, State, Summary } from './receipts.store.ts'
import type { Unread, UnreadStore, UnreadTotals } from './unread.store.ts'

type Needs = {
  store: ReceiptsStore
  unread: UnreadStore
  channels: Pick<ChannelsStore, 'standings'>
  announcements: Pick<Announcements, 'memberChanged'>
  bus: Pick<Bus, 'publish'>
  clock: Clock
}

export type Marks = Connection<Mark> & { totalCount(): Promise<number> }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const pageOfPeople = (args: PageArgs) => pageOf(args, ([userId]) => (typeof userId === 'string' && uuid.test(userId) ? userId : null))
const keyOf = ({ userId }: Mark) => [userId]
const seatKey = ({ channelId, userId }: Seat) => `${channelId}:${userId}`
const saidKey = ({ channelId, seq }: Pick<Said, 'channelId' | 'seq'>) => `${channelId}:${seq}`

/** How far everyone has got: two marks a member that only move forward, and what is unread, computed from them. */
export function createReceipts({ store, unread, channels, announcements, bus, clock }: Needs) {
  const tell = (receipts: Mark[]) => {
    for (const [channelId, marks] of Map.groupBy(receipts, ({ channelId }) => channelId))
      void bus.publish(channelTopic(channelId), { type: 'ReceiptUpdated', channelId, receipts: marks } satisfies ReceiptEvent)
  }

  const marksOf = async (seats: readonly Seat[]): Promise<(Mark | null)[]> => {
    const found = new Map((await store.at(seats)).map((mark) => [seatKey(mark), mark]))
    return seats.map((seat) => found.get(seatKey(seat)) ?? null)
  }

  const beyond = (path: string, lastSeq: number) => ({ path, reason: `The newest message is ${lastSeq}.` })

  return {
    at: marksOf,

    /** Where every member stands. */
    async page({ id, memberCount }: Pick<Channel, 'id' | 'memberCount'>, args: PageArgs): Promise<Marks> {
      const page = pageOfPeople(args)
      return { ...connectionOf(page, await store.page(id, page), keyOf), totalCount: async () => memberCount }
    },

    /** The marks that moved last, for a first look at a channel. */
    newest: (channelId: string): Promise<Mark[]> => store.newest(channelId),

    /** Who of the others has got a message, or read it, as far as the viewer may know. */
    async reached(viewer: Viewer, said: Said, state: State, args: PageArgs): Promise<Marks> {
      const page = pageOfPeople(args)
      const rows = await store.reachedPage(said, state, viewer.userId, page)
      return { ...connectionOf(page, rows, keyOf), totalCount: () => store.reachedCount(said, state, viewer.userId) }
    },

    /** For one reader, or for all who show what they read, or who don't. */
    async summaries(reader: Viewer | { showsReads: boolean }, said: readonly Said[]): Promise<(Summary | null)[]> {
      const found = new Map((await store.summaries(said, reader)).map((summary) => [saidKey(summary), summary]))
      return said.map((one) => found.get(saidKey(one)) ?? null)
    },

    /** Whether this person shows what they read, and so sees what others have. */
    showsReads: (userId: string): Promise<boolean> => store.showsReads(userId),

    /** In the order of the channels; null where the viewer isn't a member. */
    async unread(viewer: Viewer, channelIds: readonly string[]): Promise<(Unread | null)[]> {
      const found = new Map((await unread.of(viewer.userId, channelIds)).map((row) => [row.channelId, row]))
      return channelIds.map((id) => found.get(id) ?? null)
    },

    unreadTotals: (viewer: Viewer): Promise<UnreadTotals> => unread.totals(viewer.userId, clock.now()),

    /** In several channels at once, the furthest of each. */
    async markDelivered(viewer: Viewer, input: unknown): Promise<Mark[]> {
      const { positions } = parseInput(markDeliveredInput, input)
      const standings = await channels.standings(
        viewer.userId,
        positions.map(({ channelId }) => channelId),
      )
      const seats = allSeated('input.positions', standings)
      const issues = positions.flatMap(({ seq }, place) => {
        const { lastSeq } = seats[place]!.channel
        return seq > lastSeq ? [beyond(`input.positions.${place}.seq`, lastSeq)] : []
      })
      if (issues.length > 0) throw new InvalidInput(issues)
      const furthest = new Map<string, number>()
      for (const { channelId, seq } of positions) furthest.set(channelId, Math.max(seq, furthest.get(channelId) ?? 0))
      const wanted = [...furthest].map(([channelId, seq]) => ({ channelId, seq, userId: viewer.userId }))
      const moved = await store.deliver(viewer.userId, wanted, clock.now())
      const marks = (await marksOf(wanted)).filter((mark) => mark !== null)
      tell(marks.filter(({ channelId }) => moved.has(channelId)))
      return marks
    },

    async markRead(viewer: Viewer, input: unknown): Promise<{ receipt: Mark; membership: Membership }> {
      const { channelId, seq } = parseInput(markReadInput, input)
      const seat = seated((await channels.standings(viewer.userId, [channelId]))[0] ?? null)
      if (seq > seat.channel.lastSeq) throw new InvalidInput([beyond('input.seq', seat.channel.lastSeq)])
      const moved = await store.read(channelId, viewer.userId, seq, clock.now())
      const cleared = seat.membership.unreadFrom === null ? null : await store.setUnreadFrom(channelId, viewer.userId, null)
      const [receipt] = await marksOf([{ channelId, userId: viewer.userId }])
      if (moved) tell([receipt!])
      if (cleared) announcements.memberChanged(cleared)
      return { receipt: receipt!, membership: cleared ?? seat.membership }
    },

    async markUnread(viewer: Viewer, input: unknown): Promise<Membership> {
      const { channelId, fromSeq } = parseInput(markUnreadInput, input)
      const seat = seated((await channels.standings(viewer.userId, [channelId]))[0] ?? null)
      if (fromSeq > seat.channel.lastSeq) throw new InvalidInput([beyond('input.fromSeq', seat.channel.lastSeq)])
      const changed = await store.setUnreadFrom(channelId, viewer.userId, fromSeq)
      if (changed) announcements.memberChanged(changed)
      return changed ?? seat.membership
    },
  }
}

export type Receipts = ReturnType<typeof createReceipts>

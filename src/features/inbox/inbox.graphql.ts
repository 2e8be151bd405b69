import type { Channel, Membership, Message, User } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { type Context, signedIn } from '../../graphql/context.ts'
import { dependsOn } from '../../graphql/dependence.ts'
import { type LiveRoot, source } from '../../graphql/live.ts'
import { InvalidInput } from '../../kernel/errors.ts'
import { encodeNodeId, keyIn } from '../../kernel/node-id.ts'
import { channelOf, channelTopic } from '../../kernel/topics.ts'
import { ChannelType } from '../channels/channels.graphql.ts'
import { MembershipType } from '../channels/members.graphql.ts'
import { MessageType } from '../messages/messages.graphql.ts'
import { UserType, ViewerType } from '../people/people.graphql.ts'
import { ReceiptType } from '../receipts/receipts.graphql.ts'
import type { Mark } from '../receipts/receipts.store.ts'
import { nobody } from '../../kernel/input.ts'
import { historyFrom } from '../../kernel/standing.ts'

const InboxEvent = builder.interfaceRef<LiveRoot>('InboxEvent').implement({
  description: 'An interface, so that a client meets an event it doesn’t know without breaking: it still has its cursor.',
  resolveType: ({ happening }) => happening.type,
  fields: (t) => ({
    cursor: t.expose('cursor', {
      type: 'StreamCursor',
      description: 'Where to go on from after this event. An ephemeral event repeats the last durable one’s.',
    }),
  }),
})

type Fields = Parameters<ReturnType<typeof builder.objectRef<LiveRoot>>['implement']>[0]['fields']

/** One kind of event: any room may have some. */
export const event = (name: string, description: string, fields: Fields) =>
  builder.objectRef<LiveRoot>(name).implement({ description, interfaces: [InboxEvent], fields })

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what a row is, whoever published it says
export const row = <Row>({ happening }: LiveRoot, name: string) => happening.rows[name] as Row
const channelIdOf = ({ happening: { topic, rows } }: LiveRoot) => {
  const { channelId, membership } = rows as { channelId?: string; membership?: Membership }
  return encodeNodeId('Channel', channelId ?? membership?.channelId ?? channelOf(topic))
}
export const inChannel = { description: 'The channel it happened in.', resolve: channelIdOf } as const

event('StreamReady', 'Comes once what was missed has been replayed (this many events): from here on the stream is live.', (t) => ({
  replayed: t.int({ description: 'How many events came before it.', resolve: (root) => row<number>(root, 'replayed') }),
}))

const ResyncReasonType = builder.enumType('ResyncReason', {
  description: 'Why a stream can’t go on from where it was.',
  values: {
    CURSOR_INVALID: { description: 'The cursor is malformed, of another database, or from the future.' },
    GAP_TOO_LARGE: { description: 'More has changed since than a stream replays.' },
    SLOW_CONSUMER: { description: 'The client does not read as fast as events come.' },
  },
})

event(
  'ResyncRequired',
  'The server can’t bridge the gap: read a snapshot again and go on from its cursor. Never silence instead.',
  (t) => ({
    reason: t.field({
      type: ResyncReasonType,
      description: 'Why the gap can’t be bridged. Whatever it says: read a snapshot again.',
      resolve: (root) => row<'CURSOR_INVALID' | 'GAP_TOO_LARGE' | 'SLOW_CONSUMER'>(root, 'reason'),
    }),
  }),
)

const MessageAdded = event('MessageAdded', 'Someone said something.', (t) => ({
  channelId: t.id(inChannel),
  message: t.field({ type: MessageType, description: 'As it is now.', resolve: (root) => row<Message>(root, 'message') }),
}))

const MessageChanged = event('MessageChanged', 'Edited, deleted, or its reactions changed.', (t) => ({
  channelId: t.id(inChannel),
  message: t.field({ type: MessageType, description: 'As it is now.', resolve: (root) => row<Message>(root, 'message') }),
}))

const ReceiptUpdated = event('ReceiptUpdated', 'Several members’ marks at once where many move together.', (t) => ({
  channelId: t.id(inChannel),
  receipts: t.field({
    type: [ReceiptType],
    description: 'Where they stand now.',
    resolve: (root) => row<Mark[]>(root, 'receipts'),
  }),
}))

event('MembershipChanged', 'Someone joined or changed; to the viewer’s other devices also their own unread state and settings.', (t) => ({
  channelId: t.id(inChannel),
  membership: t.field({ type: MembershipType, description: 'As it is now.', resolve: (root) => row<Membership>(root, 'membership') }),
}))

event('MemberLeft', '`version` is the membership’s: a later MembershipChanged with a higher one means they are back.', (t) => ({
  channelId: t.id(inChannel),
  userId: t.id({
    description: 'The person who left or was removed.',
    resolve: (root) => encodeNodeId('User', row<Membership>(root, 'membership').userId),
  }),
  version: t.int({
    description: 'The version of the membership: a later MembershipChanged with a higher one means they are back.',
    resolve: ({ happening }) => happening.version,
  }),
}))

event(
  'AccessRevoked',
  'The viewer is no longer a member (removed, left, or the channel deleted); nothing of the channel follows.',
  (t) => ({
    channelId: t.id(inChannel),
    version: t.int({
      description: 'The version of the membership: a later MembershipChanged with a higher one means they are back.',
      resolve: (root) => row<number>(root, 'version'),
    }),
  }),
)

event('ChannelChanged', 'What the channel shows of itself changed.', (t) => ({
  channelId: t.id(inChannel),
  channel: t.field({ type: ChannelType, description: 'As it is now.', resolve: (root) => row<Channel>(root, 'channel') }),
}))

event('UserChanged', 'The profile of someone the viewer shares a channel with, or their own.', (t) => ({
  user: t.field({ type: UserType, description: 'As they are now.', resolve: (root) => row<User>(root, 'user') }),
}))

event('UserDeleted', 'Their account is gone: `sender` of their messages is null from now on.', (t) => ({
  userId: t.id({ description: 'The person whose account is gone.', resolve: (root) => encodeNodeId('User', row<User>(root, 'user').id) }),
}))

event('ViewerChanged', 'The viewer’s own settings or private details, changed on another device.', (t) => ({
  viewer: t.field({
    type: ViewerType,
    description: 'As they are now.',
    extensions: dependsOn('viewer'),
    resolve: async (_root, _args, ctx) => (await ctx.people.account(signedIn(ctx).userId))!,
  }),
}))

/** The viewer's seat, and what of them answers depend on. */
export async function seatOf(channelId: string, ctx: Context) {
  const viewer = signedIn(ctx)
  const seat = await ctx.channels.seat(viewer, keyIn('Channel', channelId) ?? nobody)
  return {
    channelId: seat.channel.id,
    from: historyFrom(seat),
    listener: { viewer, showsReads: await ctx.receipts.showsReads(viewer.userId) },
  }
}

export const channelArg = { required: true, description: 'The `id` of the channel.' } as const
export const asItIs = (root: unknown) => root as LiveRoot

builder.subscriptionFields((t) => ({
  messageAdded: t.field({
    type: MessageAdded,
    description:
      'Every message of the channel with `seq > afterSeq` (without it: from now on), each exactly once and in the order of `seq`, for as long as the subscription lives, whatever happens to Redis, to other server nodes and to the network between them. For members (of a PUBLIC channel, too); ends with a FORBIDDEN error when the viewer stops being one or the channel is deleted.',
    args: { channelId: t.arg.id(channelArg), afterSeq: t.arg.int({ description: 'The last message that is known; 0 for all.' }) },
    subscribe: async (_root, { channelId, afterSeq }, ctx) => {
      if (afterSeq != null && afterSeq < 0) throw new InvalidInput([{ path: 'afterSeq', reason: 'Must be 0 or more.' }])
      const { listener, from, ...seat } = await seatOf(channelId, ctx)
      return source(ctx.streams.entries(listener, seat.channelId, { after: afterSeq ?? null, from }))
    },
    resolve: asItIs,
  }),

  messageChanged: t.field({
    type: MessageChanged,
    description: 'Messages of the channel that are edited, deleted or reacted to, from now on.',
    args: { channelId: t.arg.id(channelArg) },
    subscribe: async (_root, { channelId }, ctx) => {
      const { listener, from, ...seat } = await seatOf(channelId, ctx)
      return source(ctx.streams.happenings(listener, seat.channelId, { types: ['MessageChanged'], from }))
    },
    resolve: asItIs,
  }),

  receiptUpdated: t.field({
    type: ReceiptUpdated,
    description:
      'Where members stand, as it moves: first one event with every member’s marks (at most 500, the newest first), then what moves.',
    args: { channelId: t.arg.id(channelArg) },
    subscribe: async (_root, { channelId }, ctx) => {
      const { listener, from, ...seat } = await seatOf(channelId, ctx)
      const first = async () => ({
        topic: channelTopic(seat.channelId),
        type: 'ReceiptUpdated',
        entity: `Receipts:${seat.channelId}`,
        version: 0,
        subjects: [],
        rows: { receipts: await ctx.receipts.newest(seat.channelId), channelId: seat.channelId },
      })
      return source(ctx.streams.happenings(listener, seat.channelId, { types: ['ReceiptUpdated'], from, first }))
    },
    resolve: asItIs,
  }),

  inboxEvents: t.field({
    type: InboxEvent,
    description:
      'All that concerns the viewer, in all their channels, channels joined later included: the one subscription an app needs. With `after`, what was missed comes first, each thing once and as it is now, then StreamReady, then live events. A channel’s messages come in the order of `seq`. After a reconnect an event may come again, with the same `version`.',
    args: {
      after: t.arg({ type: 'StreamCursor', description: '`viewer.cursor`, or the cursor of the last event.' }),
      ephemeral: t.arg.boolean({ defaultValue: true, description: 'False leaves out who types and who is online.' }),
    },
    subscribe: (_root, { after, ephemeral }, ctx) =>
      source(ctx.streams.inbox(signedIn(ctx), { after: after ?? null, ephemeral: ephemeral ?? true })),
    resolve: asItIs,
  }),
}))

builder.prismaObjectField(ViewerType, 'cursor', (t) =>
  t.field({
    type: 'StreamCursor',
    description:
      'A place in the event stream. Read it in the same operation as a snapshot and pass it to `inboxEvents(after:)`: no event between the two is missed.',
    resolve: (_viewer, _args, ctx) => ctx.cursor(),
  }),
)

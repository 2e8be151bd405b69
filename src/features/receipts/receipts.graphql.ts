import type { Membership } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { type Context, isViewer, signedIn } from '../../graphql/context.ts'
import { dependsOn, ofTheSame } from '../../graphql/dependence.ts'
import { loaderOf } from '../../graphql/loader.ts'
import { Forbidden, InvalidInput, NotFound } from '../../kernel/errors.ts'
import { encodeNodeId } from '../../kernel/node-id.ts'
import { ChannelType } from '../channels/channels.graphql.ts'
import { MembershipType } from '../channels/members.graphql.ts'
import { MessageType } from '../messages/messages.graphql.ts'
import { peopleOf, UserType } from '../people/people.graphql.ts'
import type { Marks } from './receipts.ts'
import type { Mark, Said, Seat, Summary } from './receipts.store.ts'

const marksOf = loaderOf<Seat, Mark>(
  (seats, ctx) => ctx.receipts.at(seats),
  ({ channelId, userId }) => `${channelId}:${userId}`,
)
const summariesOf = loaderOf<Said, Summary>(
  (said, ctx) => ctx.receipts.summaries(ctx.audience ?? signedIn(ctx), said),
  ({ channelId, seq }) => `${channelId}:${seq}`,
)
const showsReadsOf = loaderOf<string, boolean>((userIds, ctx) => Promise.all(userIds.map((id) => ctx.receipts.showsReads(id))))

/** What someone has read, others see where both show it. */
async function read<Value>(mark: Mark, ctx: Context, value: Value): Promise<Value | null> {
  if (ctx.audience) return mark.shown && ctx.audience.showsReads ? value : null
  if (isViewer(ctx, mark.userId)) return value
  return mark.shown && (await showsReadsOf(ctx).load(signedIn(ctx).userId)) ? value : null
}

const ReceiptStateType = builder.enumType('ReceiptState', {
  description: 'How far a message has got with someone.',
  values: { DELIVERED: { description: 'It has arrived at one of their devices.' }, READ: { description: 'They have read it.' } },
})

export const ReceiptType = builder.objectRef<Mark>('Receipt').implement({
  description: 'How far one member has got in a channel: two marks that only move forward, 0 ≤ readSeq ≤ deliveredSeq ≤ lastSeq.',
  fields: (t) => ({
    channelId: t.id({
      description: 'The channel whose messages these marks count.',
      resolve: ({ channelId }) => encodeNodeId('Channel', channelId),
    }),
    user: t.field({
      type: UserType,
      description: 'The member whose marks these are.',
      resolve: async ({ userId }, _args, ctx) => {
        const user = await peopleOf(ctx).load(userId)
        if (!user) throw new NotFound('This person does not exist any more.')
        return user
      },
    }),
    deliveredSeq: t.exposeInt('deliveredSeq', { description: 'Up to here everything has arrived.' }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When that mark moved last; null before the first time.',
    }),
    readSeq: t.int({
      nullable: true,
      description: 'Null where this person, or the viewer, keeps read receipts off.',
      extensions: dependsOn('own', 'reads'),
      resolve: (mark, _args, ctx) => read(mark, ctx, mark.readSeq),
    }),
    readAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When that mark moved last; null as readSeq is.',
      extensions: dependsOn('own', 'reads'),
      resolve: (mark, _args, ctx) => read(mark, ctx, mark.readAt),
    }),
  }),
})

const ReceiptEdge = builder.edgeObject({ name: 'ReceiptEdge', type: ReceiptType })
const ReceiptConnection = builder.connectionObject(
  {
    name: 'ReceiptConnection',
    type: ReceiptType,
    fields: (c) => ({
      totalCount: c.int({
        description: 'How many there are on all pages together.',
        resolve: (connection) => (connection as unknown as Marks).totalCount(),
      }),
    }),
  },
  ReceiptEdge,
)

const ReceiptSummaryType = builder.objectRef<Summary>('ReceiptSummary').implement({
  description: 'How many a message has reached.',
  fields: (t) => ({
    recipients: t.exposeInt('recipients', { description: 'Members other than the sender.' }),
    delivered: t.exposeInt('delivered', { description: 'Those of them it has arrived at.' }),
    read: t.exposeInt('read', { description: 'Those of them who have read it, as far as the viewer may know.' }),
  }),
})

builder.prismaObjectField(ChannelType, 'receipts', (t) =>
  t.connection(
    { type: ReceiptType, description: 'Where every member stands.', resolve: (channel, args, ctx) => ctx.receipts.page(channel, args) },
    ReceiptConnection,
    ReceiptEdge,
  ),
)

builder.prismaObjectFields(MembershipType, (t) => ({
  receipt: t.field({
    type: ReceiptType,
    description: 'How far they have got.',
    extensions: ofTheSame,
    resolve: async ({ channelId, userId }: Membership, _args, ctx) => (await marksOf(ctx).load({ channelId, userId }))!,
  }),
}))

builder.prismaObjectFields(MessageType, (t) => ({
  receiptSummary: t.field({
    type: ReceiptSummaryType,
    description: 'How many it has reached.',
    extensions: dependsOn('reads'),
    resolve: async (message, _args, ctx) => (await summariesOf(ctx).load(message)) ?? { ...message, recipients: 0, delivered: 0, read: 0 },
  }),
  receipts: t.connection(
    {
      type: ReceiptType,
      description: 'Who has got it, or read it.',
      extensions: dependsOn('viewer'),
      args: { state: t.arg({ type: ReceiptStateType, required: true, description: 'Which of the two.' }) },
      resolve: (message, { state, ...args }, ctx) => ctx.receipts.reached(signedIn(ctx), message, state, args),
    },
    ReceiptConnection,
    ReceiptEdge,
  ),
}))

const ChannelPosition = builder.inputType('ChannelPosition', {
  description: 'A place in a channel.',
  fields: (t) => ({
    channelId: t.id({ required: true, description: 'The `id` of the channel.' }),
    seq: t.int({ required: true, description: 'The number of the last message it takes in: 0 to `lastSeq`.' }),
  }),
})

builder.relayMutationField(
  'markDelivered',
  { inputFields: (t) => ({ positions: t.field({ type: [ChannelPosition], required: true, description: 'Up to 100 channels at once.' }) }) },
  {
    description: "Moves the viewer's delivered marks forward; a smaller one than before changes nothing.",
    errors: { types: [InvalidInput, NotFound, Forbidden] },
    resolve: async (_root, { input }, ctx) => ({ receipts: await ctx.receipts.markDelivered(signedIn(ctx), input) }),
  },
  {
    description: 'The marks are at least there.',
    outputFields: (t) => ({
      receipts: t.field({
        type: [ReceiptType],
        description: "The viewer's own, one for each channel.",
        resolve: ({ receipts }) => receipts,
      }),
    }),
  },
)

const membership = {
  type: MembershipType,
  description: "The viewer's own.",
  resolve: (payload: { membership: Membership }) => payload.membership,
}

builder.relayMutationField(
  'markRead',
  {
    inputFields: (t) => ({
      channelId: t.id({ required: true, description: 'The channel whose mark moves.' }),
      seq: t.int({ required: true, description: 'The number of the last message it takes in: 0 to `lastSeq`.' }),
    }),
  },
  {
    description: "Moves the viewer's read mark forward to `seq`; a smaller one than before changes nothing.",
    errors: { types: [InvalidInput, NotFound, Forbidden] },
    resolve: (_root, { input }, ctx) => ctx.receipts.markRead(signedIn(ctx), input),
  },
  {
    description: 'The mark is at least there.',
    outputFields: (t) => ({
      receipt: t.field({ type: ReceiptType, description: "The viewer's own.", resolve: ({ receipt }) => receipt }),
      membership: t.field(membership),
    }),
  },
)

builder.relayMutationField(
  'markUnread',
  {
    inputFields: (t) => ({
      channelId: t.id({ required: true, description: 'The channel whose mark moves.' }),
      fromSeq: t.int({ required: true, description: 'The first message to count as unread.' }),
    }),
  },
  {
    description: 'Counts the channel as unread from `fromSeq` on, for the viewer alone: what others see as read stays read.',
    errors: { types: [InvalidInput, NotFound, Forbidden] },
    resolve: async (_root, { input }, ctx) => ({ membership: await ctx.receipts.markUnread(signedIn(ctx), input) }),
  },
  { description: 'It counts as unread.', outputFields: (t) => ({ membership: t.field(membership) }) },
)

import type { Membership } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { isViewer, signedIn } from '../../graphql/context.ts'
import { dependsOn } from '../../graphql/dependence.ts'
import { loaderOf } from '../../graphql/loader.ts'
import { MembershipType } from '../channels/members.graphql.ts'
import { ViewerType } from '../people/people.graphql.ts'
import type { Unread, UnreadTotals } from './unread.store.ts'

const unreadOf = loaderOf<string, Unread>((channelIds, ctx) => ctx.receipts.unread(signedIn(ctx), channelIds))

const UnreadType = builder.objectRef<Unread>('Unread').implement({
  description: 'What is new to the viewer in a channel.',
  fields: (t) => ({
    messages: t.exposeInt('messages', {
      description:
        "Messages after the read position, without the viewer's own, deleted ones and system messages. Computed, never counted up and down.",
    }),
    mentions: t.exposeInt('mentions', { description: 'Those of them that name the viewer.' }),
    firstUnreadSeq: t.exposeInt('firstUnreadSeq', { nullable: true, description: 'The first of them; null where there is none.' }),
    afterSeq: t.exposeInt('afterSeq', {
      description: 'Only messages behind this one were counted: the read mark, or where the viewer marked it unread.',
    }),
    upToSeq: t.exposeInt('upToSeq', {
      description: 'The newest message when it was counted. Whoever hears of later ones can count on from here.',
    }),
  }),
})

const UnreadTotalsType = builder.objectRef<UnreadTotals>('UnreadTotals').implement({
  description:
    'What is new to the viewer in all their channels. Archived ones are left out; of muted ones only the mentions count, as mentions.',
  fields: (t) => ({
    channels: t.exposeInt('channels', { description: 'Channels with something unread.' }),
    messages: t.exposeInt('messages', { description: 'Unread messages in them.' }),
    mentions: t.exposeInt('mentions', { description: 'Unread messages that name the viewer.' }),
  }),
})

builder.prismaObjectFields(MembershipType, (t) => ({
  unread: t.field({
    type: UnreadType,
    nullable: true,
    description: "The viewer's own membership only; null on others'.",
    extensions: dependsOn('own'),
    resolve: ({ channelId, userId }: Membership, _args, ctx) => (isViewer(ctx, userId) ? unreadOf(ctx).load(channelId) : null),
  }),
  unreadFrom: t.int({
    nullable: true,
    description: "The viewer's own membership only: from where on they marked it unread; null where what they have read decides.",
    extensions: dependsOn('own'),
    resolve: ({ userId, unreadFrom }: Membership, _args, ctx) => (isViewer(ctx, userId) ? unreadFrom : null),
  }),
}))

builder.prismaObjectField(ViewerType, 'unread', (t) =>
  t.field({
    type: UnreadTotalsType,
    description: 'What is new in all channels.',
    resolve: (_viewer, _args, ctx) => ctx.receipts.unreadTotals(signedIn(ctx)),
  }),
)

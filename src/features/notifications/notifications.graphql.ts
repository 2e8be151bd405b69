import { type Notification, NotificationKind } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { signedIn } from '../../graphql/context.ts'
import { dependsOn } from '../../graphql/dependence.ts'
import { source } from '../../graphql/live.ts'
import { InvalidInput, NotFound } from '../../kernel/errors.ts'
import { ChannelType, standingsOf } from '../channels/channels.graphql.ts'
import { asItIs, event, row } from '../inbox/inbox.graphql.ts'
import { MessageType, messagesOf } from '../messages/messages.graphql.ts'
import { peopleOf, UserType, ViewerType } from '../people/people.graphql.ts'
import { type Decision, type Fired, ruleTexts, type Rule, type Way, ways } from './decide.ts'
import type { Listed } from './notifications.ts'

const NotificationKindType = builder.enumType('NotificationKind', {
  description:
    'What a notification is about. Of several that fit a message it is the first, of these in turn: MENTION, REPLY, DIRECT_MESSAGE.',
  values: {
    DIRECT_MESSAGE: {
      value: NotificationKind.DIRECT_MESSAGE,
      description: 'A direct conversation has something unread. Once for each; it moves to the newest message.',
    },
    MENTION: { value: NotificationKind.MENTION, description: 'A message names the viewer.' },
    REPLY: { value: NotificationKind.REPLY, description: 'A message answers one of the viewer’s.' },
    ADDED_TO_CHANNEL: { value: NotificationKind.ADDED_TO_CHANNEL, description: 'Somebody added the viewer to a channel.' },
  },
})

const NotificationType = builder.prismaObject('Notification', {
  description: 'Something in the viewer’s list. Nobody else sees it.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Counts changes: the highest version is the truth.' }),
    kind: t.expose('kind', { type: NotificationKindType, description: 'What it is about.' }),
    channel: t.field({
      type: ChannelType,
      nullable: true,
      description: 'Where. Null where the viewer may not see it any more.',
      extensions: dependsOn('viewer'),
      resolve: async ({ channelId }, _args, ctx) => (await standingsOf(ctx).load(channelId))?.channel ?? null,
    }),
    message: t.field({
      type: MessageType,
      nullable: true,
      description: 'The message it is about; null for ADDED_TO_CHANNEL, and where the viewer may not see it any more.',
      extensions: dependsOn('viewer'),
      resolve: ({ channelId, seq }, _args, ctx) => (seq === null ? null : messagesOf(ctx).load({ channelId, seq })),
    }),
    actor: t.field({
      type: UserType,
      nullable: true,
      description: 'Who did it. Null once their account is deleted.',
      resolve: ({ actorId }, _args, ctx) => peopleOf(ctx).load(actorId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When that happened. The list is in this order, the newest first.' }),
    readAt: t.expose('readAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was read: with its message, on whatever device, or by markNotificationsRead. Null while it is unread.',
    }),
  }),
})

builder.nodeRef(NotificationType, {
  id: { resolve: (notification) => (notification as Notification).id },
  loadMany: (ids, ctx) => ctx.notifications.at(signedIn(ctx), ids),
})

builder.prismaObjectField(ViewerType, 'notifications', (t) =>
  t.connection(
    {
      type: NotificationType,
      description:
        'What names, answers or is written to the viewer alone, and what they were added to; the newest first. Kept for 90 days.',
      args: { unreadOnly: t.arg.boolean({ description: 'Only what is unread.' }) },
      resolve: (_viewer, args, ctx) => ctx.notifications.mine(signedIn(ctx), args),
    },
    {
      name: 'NotificationConnection',
      fields: (c) => ({
        totalCount: c.int({
          description: 'How many there are on all pages together.',
          resolve: (connection) => (connection as unknown as Listed).totalCount(),
        }),
      }),
    },
    { name: 'NotificationEdge' },
  ),
)

builder.relayMutationField(
  'markNotificationsRead',
  { inputFields: (t) => ({ ids: t.idList({ description: 'Up to 100; none given: all of them.' }) }) },
  {
    description: 'Marks notifications of the viewer as read. Their messages stay as they are.',
    errors: { types: [NotFound, InvalidInput] },
    resolve: (_root, { input }, ctx) => ctx.notifications.markRead(signedIn(ctx), input),
  },
  {
    description: 'They are read.',
    outputFields: (t) => ({ unread: t.int({ description: 'How many are unread still.', resolve: ({ unread }) => unread }) }),
  },
)

const notification = {
  type: NotificationType,
  description: 'As it is now.',
  resolve: (root: Parameters<typeof row>[0]) => row<Notification>(root, 'notification'),
}

const NotificationAdded = event('NotificationAdded', 'Something is new in the viewer’s list.', (t) => ({
  notification: t.field(notification),
}))

event('NotificationChanged', 'Read, here or on another device; or moved to a newer message.', (t) => ({
  notification: t.field(notification),
}))

builder.subscriptionField('notificationAdded', (t) =>
  t.field({
    type: NotificationAdded,
    description: 'What is new in the viewer’s list, from now on.',
    subscribe: (_root, _args, ctx) => source(ctx.streams.own({ viewer: signedIn(ctx), showsReads: true }, ['NotificationAdded'])),
    resolve: asItIs,
  }),
)

const NotificationWayType = builder.enumType('NotificationWay', {
  description: 'How someone may be notified.',
  values: {
    IN_APP: { description: 'In the list of notifications.' },
    EMAIL: { description: 'By mail, together with whatever else waits.' },
    PUSH: { description: 'To a device, or by whatever those who run this server have added.' },
  } satisfies Record<Way, object>,
})

const NotificationRuleType = builder.enumType('NotificationRule', {
  description: 'Something that a decision goes by.',
  values: Object.fromEntries(Object.entries(ruleTexts).map(([rule, description]) => [rule, { description }])) as Record<
    Rule,
    { description: string }
  >,
})

const NotificationTimeType = builder.objectRef<{ way: Way; at: Date | null }>('NotificationTime').implement({
  description: 'When someone is notified by one way.',
  fields: (t) => ({
    way: t.expose('way', { type: NotificationWayType, description: 'Which one.' }),
    at: t.expose('at', { type: 'DateTime', nullable: true, description: 'Not before then, if it is unread still; null for never.' }),
  }),
})

const FiredType = builder.objectRef<Fired>('FiredNotificationRule').implement({
  description: 'A rule that a decision went by.',
  fields: (t) => ({
    rule: t.expose('rule', { type: NotificationRuleType, description: 'Which one.' }),
    way: t.expose('way', { type: NotificationWayType, nullable: true, description: 'Which way it is about; null for all of them.' }),
    reason: t.string({ description: 'The rule in words.', resolve: ({ rule }) => ruleTexts[rule] }),
  }),
})

const DecisionType = builder.objectRef<Decision>('NotificationDecision').implement({
  description: 'Who hears of a message, how, and why: for one person, as it would be decided now.',
  fields: (t) => ({
    kind: t.expose('kind', { type: NotificationKindType, nullable: true, description: 'As what it is listed; null where it isn’t.' }),
    times: t.field({
      type: [NotificationTimeType],
      description: 'By each way.',
      resolve: ({ at }) => ways.map((way) => ({ way, at: at[way] })),
    }),
    rules: t.field({ type: [FiredType], description: 'Those that fired, in order.', resolve: ({ rules }) => rules }),
  }),
})

builder.queryField('notificationDecision', (t) =>
  t.field({
    type: DecisionType,
    nullable: true,
    description: 'Why somebody is, or isn’t, notified of a message. For administrators of the server.',
    args: {
      messageId: t.arg.id({ required: true, description: 'Of which message.' }),
      userId: t.arg.id({ required: true, description: 'For whom it is decided.' }),
    },
    resolve: (_root, args, ctx) => ctx.notifications.decision(signedIn(ctx), args),
  }),
)

import { MessageKind, type Message, type User } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { type Context, isViewer, signedIn } from '../../graphql/context.ts'
import { dependsOn } from '../../graphql/dependence.ts'
import { loaderOf } from '../../graphql/loader.ts'
import { Conflict, Forbidden, InvalidInput, NotFound, RateLimited } from '../../kernel/errors.ts'
import { noSuchChannel } from '../../kernel/standing.ts'
import { ChannelType, standingsOf } from '../channels/channels.graphql.ts'
import { peopleOf, UserType } from '../people/people.graphql.ts'
import { type Place, placeKey, placeOf } from './place.ts'

/** Messages by place, as far as the viewer may see them. */
export const messagesOf = loaderOf<Place, Message>(async (places, ctx) => {
  const { audience } = ctx
  if (audience) return ctx.messages.atFrom(audience.from, places)
  const ids = [...new Set(places.map(({ channelId }) => channelId))]
  const standings = await Promise.all(ids.map((id) => standingsOf(ctx).load(id)))
  return ctx.messages.at(new Map(ids.map((id, index) => [id, standings[index] ?? null])), places)
}, placeKey)

const mentionsOf = loaderOf<Place, User[]>((places, ctx) => ctx.messages.mentions(places), placeKey)
const MessageKindType = builder.enumType('MessageKind', {
  description: 'Who speaks.',
  values: {
    TEXT: { value: MessageKind.TEXT, description: 'A person.' },
    SYSTEM: { value: MessageKind.SYSTEM, description: 'Someone joined, left, renamed the channel …' },
  },
})

export const MessageType = builder.prismaObject('Message', {
  description: 'Something said in a channel.',
  fields: (t) => ({
    channel: t.field({
      type: ChannelType,
      description: 'The channel it was said in.',
      resolve: (message, _args, ctx) => channelOf(message, ctx),
    }),
    seq: t.exposeInt('seq', { description: '1, 2, 3 … within the channel, without holes, never used again.' }),
    version: t.exposeInt('version', { description: 'Counts the changes of this message: the highest version is the truth.' }),
    kind: t.expose('kind', { type: MessageKindType, description: 'Whether a person speaks, or the server.' }),
    sender: t.field({
      type: UserType,
      nullable: true,
      description: 'Null once the account is deleted.',
      resolve: ({ senderId }, _args, ctx) => peopleOf(ctx).load(senderId),
    }),
    text: t.exposeString('text', { nullable: true, description: 'Null once deleted; the message stays in its place as a tombstone.' }),
    mentions: t.field({
      type: [UserType],
      description: 'The people it names.',
      resolve: async (message, _args, ctx) => (await mentionsOf(ctx).load(message)) ?? [],
    }),
    clientId: t.field({
      type: 'UUID',
      nullable: true,
      description: 'The key that its sender chose, see SendMessageInput; only they see it.',
      extensions: dependsOn('own'),
      resolve: ({ clientId, senderId }, _args, ctx) => (isViewer(ctx, senderId) ? clientId : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was sent.' }),
    editedAt: t.expose('editedAt', { type: 'DateTime', nullable: true, description: 'When it was edited last; null where it never was.' }),
    deletedAt: t.expose('deletedAt', { type: 'DateTime', nullable: true, description: 'When it was deleted; null where it is there.' }),
  }),
})

builder.prismaObjectField(MessageType, 'replyTo', (t) =>
  t.field({
    type: MessageType,
    nullable: true,
    description: 'The message it answers; null, too, where the viewer may not see that one.',
    extensions: dependsOn('history'),
    resolve: ({ channelId, replyToSeq }, _args, ctx) => (replyToSeq === null ? null : messagesOf(ctx).load({ channelId, seq: replyToSeq })),
  }),
)

builder.nodeRef(MessageType, {
  id: { resolve: (message) => placeKey(message as Message) },
  loadMany: (keys, ctx) => Promise.all(keys.map((key) => messagesOf(ctx).load(placeOf(key)))),
})

async function channelOf({ channelId }: Place, ctx: Context) {
  const standing = await standingsOf(ctx).load(channelId)
  if (!standing) throw noSuchChannel()
  return standing.channel
}

builder.prismaObjectFields(ChannelType, (t) => ({
  lastMessage: t.field({
    type: MessageType,
    nullable: true,
    description: 'The newest message, where there is one that the viewer may see.',
    extensions: dependsOn('viewer'),
    resolve: ({ id, lastSeq }, _args, ctx) => (lastSeq === 0 ? null : messagesOf(ctx).load({ channelId: id, seq: lastSeq })),
  }),

  messages: t.connection(
    {
      type: MessageType,
      description: 'In the order of `seq`. `aroundSeq` opens a window around one message.',
      args: { aroundSeq: t.arg.int({ description: 'Up to `first` messages with this one in the middle.' }) },
      extensions: dependsOn('viewer'),
      resolve: async ({ id }, args, ctx) => {
        const standing = await standingsOf(ctx).load(id)
        if (!standing) throw noSuchChannel()
        return ctx.messages.page(standing, args)
      },
    },
    { name: 'MessageConnection' },
    { name: 'MessageEdge' },
  ),
}))

builder.relayMutationField(
  'sendMessage',
  {
    inputFields: (t) => ({
      channelId: t.id({ required: true, description: 'The channel to say it in: a member may.' }),
      text: t.string({
        required: true,
        description:
          '1–8,000 characters. `@handle` names a member (up to 100 of them), `@channel` everyone where a moderator says it; in `code` both are plain text.',
      }),
      clientId: t.field({
        type: 'UUID',
        description:
          'Chosen by the client, once for each message it means to send. Sending again with the same key returns the first message and sends nothing; with the same key and another content it is a Conflict. Without one, a retry may send twice.',
      }),
      replyToId: t.id({ description: 'The message it answers, in the same channel.' }),
      mentionIds: t.idList({ description: 'People named in the text as @handle are found by the server; these are added.' }),
    }),
  },
  {
    description: 'Says something in a channel.',
    errors: { types: [InvalidInput, Forbidden, NotFound, Conflict, RateLimited] },
    resolve: (_root, { input }, ctx) => ctx.messages.send(signedIn(ctx), input),
  },
  {
    description: 'It is said, and stored.',
    outputFields: (t) => ({
      message: t.field({ type: MessageType, description: 'As it is stored.', resolve: ({ message }) => message }),
      replayed: t.boolean({
        description: 'True where an earlier send with this clientId is returned.',
        resolve: ({ replayed }) => replayed,
      }),
    }),
  },
)

/** The field `message` of a payload. */
export const messageField = { type: MessageType, description: 'As it is now.', resolve: ({ message }: { message: Message }) => message }

builder.relayMutationField(
  'editMessage',
  {
    inputFields: (t) => ({
      messageId: t.id({ required: true, description: 'One of the viewer’s own, not older than 30 days.' }),
      text: t.string({ required: true, description: '1–8,000 characters. Names people anew; whom `mentionIds` had named stay named.' }),
      expectedVersion: t.int({ description: 'Refused as a Conflict where the message has changed since.' }),
    }),
  },
  {
    description: 'Changes the text of a message.',
    errors: { types: [InvalidInput, Forbidden, NotFound, Conflict] },
    resolve: async (_root, { input }, ctx) => ({ message: await ctx.messages.edit(signedIn(ctx), input) }),
  },
  { description: 'The text is as asked for.', outputFields: (t) => ({ message: t.field(messageField) }) },
)

builder.relayMutationField(
  'deleteMessage',
  { inputFields: (t) => ({ messageId: t.id({ required: true, description: 'One’s own, or as a moderator anyone’s.' }) }) },
  {
    description: 'Takes away what a message says. It stays in its place as a tombstone.',
    errors: { types: [Forbidden, NotFound, Conflict] },
    resolve: async (_root, { input }, ctx) => ({ message: await ctx.messages.delete(signedIn(ctx), input) }),
  },
  { description: 'The text is gone, the place stays.', outputFields: (t) => ({ message: t.field(messageField) }) },
)

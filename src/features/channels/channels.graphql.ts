import { type Channel, ChannelKind } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { type Context, signedIn } from '../../graphql/context.ts'
import { dependsOn } from '../../graphql/dependence.ts'
import { loaderOf } from '../../graphql/loader.ts'
import { Conflict, Forbidden, InvalidInput, NotFound } from '../../kernel/errors.ts'
import { encodeNodeId, keyIn } from '../../kernel/node-id.ts'
import type { Connection } from '../../kernel/page.ts'
import { peopleOf, UserType, ViewerType } from '../people/people.graphql.ts'
import type { Standing } from '../../kernel/standing.ts'

/** How the viewer stands to a channel; null where they may not see it. */
export const standingsOf = loaderOf<string, Standing>((ids, ctx) =>
  ctx.audience ? ctx.channels.recent(ids) : ctx.channels.standings(signedIn(ctx), ids),
)

export const ChannelKindType = builder.enumType('ChannelKind', {
  description: 'Who is in a channel, and how they come in.',
  values: {
    DIRECT: { value: ChannelKind.DIRECT, description: 'Two people; exists once for each pair.' },
    GROUP: { value: ChannelKind.GROUP, description: 'By invitation.' },
    PUBLIC: { value: ChannelKind.PUBLIC, description: 'Listed; anyone signed in may read its front page and join.' },
  },
})

export const ChannelType = builder.prismaObject('Channel', {
  description: 'A conversation. What else hangs on it, other rooms add.',
  fields: (t) => ({
    version: t.exposeInt('version', {
      description: 'Counts changes of what the channel shows of itself; messages and members have versions of their own.',
    }),
    kind: t.expose('kind', { type: ChannelKindType, description: 'Who is in it, and how they come in.' }),
    name: t.exposeString('name', { nullable: true, description: 'Null for DIRECT.' }),
    topic: t.exposeString('topic', { nullable: true, description: 'What it is about; null where nobody has said.' }),
    peer: t.field({
      type: UserType,
      nullable: true,
      description:
        'For DIRECT: the other person, as the viewer sees it; in notes to oneself the viewer. Null once their account is deleted.',
      extensions: dependsOn('viewer'),
      resolve: (channel, _args, ctx) => peer(channel, ctx),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    archivedAt: t.expose('archivedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when it can only be read; null while it can be written to.',
    }),
    memberCount: t.exposeInt('memberCount', { description: 'How many people are in it.' }),
    lastSeq: t.exposeInt('lastSeq', { description: 'The number of the newest message; 0 before the first.' }),
  }),
})

function peer({ kind, directLow, directHigh }: Channel, ctx: Context) {
  if (kind !== 'DIRECT') return null
  return peopleOf(ctx).load(directLow === signedIn(ctx).userId ? directHigh! : directLow!)
}

builder.nodeRef(ChannelType, {
  id: { resolve: (channel) => (channel as Channel).id },
  loadMany: (ids, ctx) => Promise.all(ids.map(async (id) => (await standingsOf(ctx).load(id))?.channel ?? null)),
})

const ChannelEdge = builder.edgeObject({ name: 'ChannelEdge', type: ChannelType })
const ChannelConnection = builder.connectionObject({ name: 'ChannelConnection', type: ChannelType }, ChannelEdge)

/** The channels of a page. How the viewer stands to them is known now, and not asked again. */
function seen(ctx: Context, { edges, pageInfo }: Connection<Standing>): Connection<Channel> {
  for (const { node } of edges) standingsOf(ctx).prime(node.channel.id, node)
  return { edges: edges.map(({ cursor, node }) => ({ cursor, node: node.channel })), pageInfo }
}

builder.prismaObjectField(ViewerType, 'channels', (t) =>
  t.connection(
    {
      type: ChannelType,
      description: "The viewer's channels, the most recently active first. Archived ones only where they are asked for.",
      args: {
        kinds: t.arg({ type: [ChannelKindType], description: 'Only these kinds.' }),
        unreadOnly: t.arg.boolean({ description: 'Only those with unread messages.' }),
        archived: t.arg.boolean({ description: 'True: only the archived ones.' }),
      },
      resolve: async (_viewer, args, ctx) => seen(ctx, await ctx.channels.mine(signedIn(ctx), args)),
    },
    ChannelConnection,
    ChannelEdge,
  ),
)

builder.queryFields((t) => ({
  channel: t.field({
    type: ChannelType,
    nullable: true,
    description: 'The channel of this id, where the viewer may see it.',
    args: { id: t.arg.id({ required: true, description: 'The `id` of a channel.' }) },
    resolve: async (_root, { id }, ctx) => {
      const key = keyIn('Channel', id)
      return key === null ? null : ((await standingsOf(ctx).load(key))?.channel ?? null)
    },
  }),

  publicChannels: t.connection(
    {
      type: ChannelType,
      description: 'The PUBLIC channels, by name; archived ones are not listed.',
      args: { search: t.arg.string({ description: 'How the name, or a word of it, begins, as typed so far.' }) },
      resolve: async (_root, args, ctx) => seen(ctx, await ctx.channels.listed(signedIn(ctx), args)),
    },
    ChannelConnection,
    ChannelEdge,
  ),
}))

const channelId = { required: true, description: 'The `id` of the channel.' } as const

builder.relayMutationField(
  'openDirectChannel',
  { inputFields: (t) => ({ userId: t.id({ required: true, description: 'With whom; oneself for notes.' }) }) },
  {
    description: 'Gets or makes the one direct channel with a person.',
    errors: { types: [InvalidInput, NotFound, Forbidden] },
    resolve: (_root, { input }, ctx) => ctx.channels.openDirect(signedIn(ctx), input),
  },
  {
    description: 'The channel is there.',
    outputFields: (t) => ({
      channel: t.field({ type: ChannelType, description: 'The one of these two people.', resolve: ({ channel }) => channel }),
      created: t.boolean({ description: 'Whether it was made just now.', resolve: ({ created }) => created }),
    }),
  },
)

builder.relayMutationField(
  'createChannel',
  {
    inputFields: (t) => ({
      kind: t.field({ type: ChannelKindType, required: true, description: 'GROUP or PUBLIC.' }),
      name: t.string({ required: true, description: '1–80 characters.' }),
      topic: t.string({ description: 'Up to 250 characters.' }),
      memberIds: t.idList({ description: 'Up to 100 people who are in it from the start.' }),
    }),
  },
  {
    description: 'Makes a channel; the viewer is its owner.',
    errors: { types: [InvalidInput, Forbidden, NotFound] },
    resolve: async (_root, { input }, ctx) => ({ channel: await ctx.channels.create(signedIn(ctx), input) }),
  },
  {
    description: 'The channel is made.',
    outputFields: (t) => ({ channel: t.field({ type: ChannelType, description: 'The new one.', resolve: ({ channel }) => channel }) }),
  },
)

builder.relayMutationField(
  'updateChannel',
  {
    inputFields: (t) => ({
      channelId: t.id(channelId),
      name: t.string({ description: '1–80 characters.' }),
      topic: t.string({ description: 'Up to 250 characters; null or empty takes it away.' }),
    }),
  },
  {
    description: 'Changes what is given and leaves the rest.',
    errors: { types: [InvalidInput, Forbidden, NotFound, Conflict] },
    resolve: async (_root, { input }, ctx) => ({ channel: await ctx.channels.update(signedIn(ctx), input) }),
  },
  {
    description: 'The channel is as asked for.',
    outputFields: (t) => ({ channel: t.field({ type: ChannelType, description: 'As it is now.', resolve: ({ channel }) => channel }) }),
  },
)

builder.relayMutationField(
  'archiveChannel',
  { inputFields: (t) => ({ channelId: t.id(channelId), archived: t.boolean({ required: true, description: 'False brings it back.' }) }) },
  {
    description:
      'Puts a channel away, so that it can only be read, or brings it back. Who brings back one that nobody is in becomes its owner.',
    errors: { types: [Forbidden, NotFound, Conflict] },
    resolve: async (_root, { input }, ctx) => ({ channel: await ctx.channels.archive(signedIn(ctx), input) }),
  },
  {
    description: 'The channel is as asked for.',
    outputFields: (t) => ({ channel: t.field({ type: ChannelType, description: 'As it is now.', resolve: ({ channel }) => channel }) }),
  },
)

builder.relayMutationField(
  'deleteChannel',
  { inputFields: (t) => ({ channelId: t.id(channelId) }) },
  {
    description: 'Takes a channel away from everyone.',
    errors: { types: [Forbidden, NotFound] },
    resolve: (_root, { input }, ctx) => ctx.channels.delete(signedIn(ctx), input),
  },
  {
    description: 'The channel is gone.',
    outputFields: (t) => ({
      channelId: t.id({ description: 'The `id` of the one it was done to.', resolve: ({ channelId: id }) => encodeNodeId('Channel', id) }),
    }),
  },
)

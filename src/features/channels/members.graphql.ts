import { MemberRole, type Membership, NotificationLevel } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { type Context, isViewer, signedIn } from '../../graphql/context.ts'
import { dependsOn } from '../../graphql/dependence.ts'
import { loaderOf } from '../../graphql/loader.ts'
import { Conflict, Forbidden, InvalidInput, NotFound } from '../../kernel/errors.ts'
import { encodeNodeId } from '../../kernel/node-id.ts'
import type { Connection } from '../../kernel/page.ts'
import { peopleOf, UserType } from '../people/people.graphql.ts'
import { ChannelType, standingsOf } from './channels.graphql.ts'
import type { Asked } from './roster.ts'

const MemberRoleType = builder.enumType('MemberRole', {
  description: 'What someone is in a channel.',
  values: {
    OWNER: { value: MemberRole.OWNER, description: 'May do everything, and hands out the roles.' },
    MODERATOR: { value: MemberRole.MODERATOR, description: 'Adds and removes people, renames, deletes messages of others.' },
    MEMBER: { value: MemberRole.MEMBER, description: 'Reads and writes.' },
  },
})

const NotificationLevelType = builder.enumType('NotificationLevel', {
  description: 'What of a channel may interrupt someone who is not looking.',
  values: {
    ALL: { value: NotificationLevel.ALL, description: 'Every message. The preset in DIRECT and GROUP channels.' },
    MENTIONS: { value: NotificationLevel.MENTIONS, description: 'Mentions and replies. The preset in PUBLIC channels.' },
    NONE: { value: NotificationLevel.NONE, description: 'Nothing; only being added to it is listed.' },
  },
})

/** What only the member themselves sees. */
const own = <Value>({ userId }: Membership, ctx: Context, value: Value): Value | null => (isViewer(ctx, userId) ? value : null)

export const MembershipType = builder.prismaObject('Membership', {
  description: 'Someone in a channel.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Counts changes: the highest version is the truth, over leaving and coming back.' }),
    channel: t.field({
      type: ChannelType,
      description: 'The channel they are in.',
      resolve: async ({ channelId }, _args, ctx) => {
        const standing = await standingsOf(ctx).load(channelId)
        if (!standing) throw new NotFound('There is no such channel, or you are not in it.')
        return standing.channel
      },
    }),
    user: t.field({
      type: UserType,
      description: 'The person who is in it.',
      resolve: async ({ userId }, _args, ctx) => {
        const user = await peopleOf(ctx).load(userId)
        if (!user) throw new NotFound('This person does not exist any more.')
        return user
      },
    }),
    role: t.expose('role', { type: MemberRoleType, description: 'As what.' }),
    joinedAt: t.expose('joinedAt', { type: 'DateTime', description: 'Since when, this time.' }),
    notificationLevel: t.field({
      type: NotificationLevelType,
      nullable: true,
      description: "The viewer's own membership only; null on others'.",
      extensions: dependsOn('own'),
      resolve: (membership, _args, ctx) => own(membership, ctx, membership.notificationLevel),
    }),
    mutedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: "The viewer's own membership only: until when it is quiet; null where it isn't, and on others'.",
      extensions: dependsOn('own'),
      resolve: (membership, _args, ctx) => own(membership, ctx, membership.mutedUntil),
    }),
  }),
})

builder.nodeRef(MembershipType, {
  id: { resolve: (membership) => keyOf(membership as Membership) },
  loadMany: (ids, ctx) => {
    const places = ids.map((id) => id.split(':') as [string, string]).map(([channelId, userId]) => ({ channelId, userId }))
    return ctx.roster.at(signedIn(ctx), places)
  },
})

const keyOf = ({ channelId, userId }: Membership) => `${channelId}:${userId}`

type Wanted = { channelId: string; asked: Asked }
const wantedKey = ({ channelId, asked }: Wanted) => `${channelId} ${JSON.stringify(asked)}`

/** Reads together what is asked alike of several channels. */
async function together<Row>(wanted: readonly Wanted[], read: (channelIds: string[], asked: Asked) => Promise<Row[]>): Promise<Row[]> {
  const found = new Map<Wanted, Row>()
  for (const alike of Map.groupBy(wanted, ({ asked }) => JSON.stringify(asked)).values()) {
    const ids = alike.map(({ channelId }) => channelId)
    const rows = await read(ids, alike[0]!.asked)
    alike.forEach((one, place) => found.set(one, rows[place]!))
  }
  return wanted.map((one) => found.get(one)!)
}

const pagesOf = loaderOf<Wanted, Connection<Membership>>((wanted, ctx) => together(wanted, ctx.roster.pages), wantedKey)
const countsOf = loaderOf<Wanted, number>((wanted, ctx) => together(wanted, ctx.roster.counts), wantedKey)

builder.prismaObjectFields(ChannelType, (t) => ({
  membership: t.field({
    type: MembershipType,
    nullable: true,
    description: "The viewer's own membership; null where the viewer isn't a member.",
    extensions: dependsOn('viewer'),
    resolve: async ({ id }, _args, ctx) => (await standingsOf(ctx).load(id))?.membership ?? null,
  }),

  members: t.connection(
    {
      type: MembershipType,
      description: 'Who is in it, in the order of joining.',
      args: {
        roles: t.arg({ type: [MemberRoleType], description: 'Only these roles.' }),
        search: t.arg.string({ description: 'How a handle, or a word of a display name, begins, as typed so far.' }),
      },
      resolve: async ({ id: channelId, memberCount }, args, ctx) => {
        const wanted = { channelId, asked: ctx.roster.asked(args) }
        const { roles, search } = wanted.asked.filter
        const totalCount = () => (roles || search ? countsOf(ctx).load(wanted) : memberCount)
        return { ...(await pagesOf(ctx).load(wanted))!, totalCount }
      },
    },
    {
      name: 'MembershipConnection',
      fields: (c) => ({
        totalCount: c.int({
          description: 'How many there are on all pages together.',
          resolve: (connection) => (connection as unknown as { totalCount(): number | Promise<number> }).totalCount(),
        }),
      }),
    },
    { name: 'MembershipEdge' },
  ),
}))

const channelId = { required: true, description: 'The `id` of the channel.' } as const
const userId = { required: true, description: 'The person it is done to.' } as const

builder.relayMutationField(
  'joinChannel',
  { inputFields: (t) => ({ channelId: t.id(channelId) }) },
  {
    description: 'Joins a PUBLIC channel. Joining again changes nothing.',
    errors: { types: [Forbidden, NotFound, Conflict] },
    resolve: async (_root, { input }, ctx) => ({ membership: await ctx.members.join(signedIn(ctx), input) }),
  },
  {
    description: 'The viewer is in.',
    outputFields: (t) => ({
      membership: t.field({ type: MembershipType, description: "The viewer's own.", resolve: ({ membership }) => membership }),
    }),
  },
)

builder.relayMutationField(
  'leaveChannel',
  { inputFields: (t) => ({ channelId: t.id(channelId) }) },
  {
    description: 'Leaves a channel. Its last owner hands over first; its last member archives it by leaving.',
    errors: { types: [Conflict, NotFound, Forbidden] },
    resolve: (_root, { input }, ctx) => ctx.members.leave(signedIn(ctx), input),
  },
  {
    description: 'The viewer is out.',
    outputFields: (t) => ({
      channelId: t.id({ description: 'The `id` of the one it was done to.', resolve: ({ channelId: id }) => encodeNodeId('Channel', id) }),
    }),
  },
)

builder.relayMutationField(
  'addMembers',
  {
    inputFields: (t) => ({
      channelId: t.id(channelId),
      userIds: t.idList({ required: true, description: 'Up to 100 people. Adding someone again changes nothing.' }),
      withHistory: t.boolean({ defaultValue: false, description: 'GROUP: they see what was written before, too.' }),
    }),
  },
  {
    description: 'Adds people to a channel.',
    errors: { types: [InvalidInput, Forbidden, NotFound, Conflict] },
    resolve: async (_root, { input }, ctx) => ({ memberships: await ctx.members.add(signedIn(ctx), input) }),
  },
  {
    description: 'They are in.',
    outputFields: (t) => ({
      memberships: t.field({ type: [MembershipType], description: 'Of all that were named.', resolve: ({ memberships }) => memberships }),
    }),
  },
)

builder.relayMutationField(
  'removeMember',
  { inputFields: (t) => ({ channelId: t.id(channelId), userId: t.id(userId) }) },
  {
    description: 'Removes someone from a channel. From then on they see nothing of it.',
    errors: { types: [Forbidden, NotFound, Conflict] },
    resolve: (_root, { input }, ctx) => ctx.members.remove(signedIn(ctx), input),
  },
  {
    description: 'They are out.',
    outputFields: (t) => ({
      channelId: t.id({ description: 'Where from.', resolve: ({ channelId: id }) => encodeNodeId('Channel', id) }),
      userId: t.id({ description: 'The person who is out.', resolve: ({ userId: id }) => encodeNodeId('User', id) }),
    }),
  },
)

builder.relayMutationField(
  'setMemberRole',
  {
    inputFields: (t) => ({
      channelId: t.id(channelId),
      userId: t.id(userId),
      role: t.field({ type: MemberRoleType, required: true, description: 'What they are to be.' }),
    }),
  },
  {
    description: 'Hands out a role.',
    errors: { types: [Forbidden, Conflict, NotFound] },
    resolve: async (_root, { input }, ctx) => ({ membership: await ctx.members.setRole(signedIn(ctx), input) }),
  },
  {
    description: 'The role is theirs.',
    outputFields: (t) => ({
      membership: t.field({ type: MembershipType, description: 'Theirs, with the new role.', resolve: ({ membership }) => membership }),
    }),
  },
)

builder.relayMutationField(
  'updateMembership',
  {
    inputFields: (t) => ({
      channelId: t.id(channelId),
      notificationLevel: t.field({ type: NotificationLevelType, description: 'What may interrupt.' }),
      mutedUntil: t.field({ type: 'DateTime', description: 'Quiet until then; null ends it.' }),
    }),
  },
  {
    description: "The viewer's own notification level and mute for a channel.",
    errors: { types: [InvalidInput, NotFound, Forbidden] },
    resolve: async (_root, { input }, ctx) => ({ membership: await ctx.members.choose(signedIn(ctx), input) }),
  },
  {
    description: 'As asked for.',
    outputFields: (t) => ({
      membership: t.field({ type: MembershipType, description: "The viewer's own.", resolve: ({ membership }) => membership }),
    }),
  },
)

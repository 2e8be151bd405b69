import { builder } from '../../graphql/builder.ts'
import { signedIn } from '../../graphql/context.ts'
import { type LiveRoot, source } from '../../graphql/live.ts'
import { loaderOf } from '../../graphql/loader.ts'
import { Conflict, Forbidden, NotFound } from '../../kernel/errors.ts'
import { presenceTopic } from '../../kernel/topics.ts'
import type { Happening } from '../../ports/feed.ts'
import type { Presence, PresenceStatus } from '../../ports/presence.ts'
import { asItIs, channelArg, event, inChannel, row, seatOf } from '../inbox/inbox.graphql.ts'
import { peopleOf, UserType } from '../people/people.graphql.ts'
import type { Seat } from './presence.store.ts'
import { neverHere } from './presence.ts'

const presenceOf = loaderOf<string, Presence>((userIds, ctx) => ctx.presence.of(signedIn(ctx), userIds))
const presenceNow = loaderOf<string, Presence>((userIds, ctx) => ctx.presence.now(userIds))
const presenceAmong = loaderOf<Seat, Presence>(
  (seats, ctx) => ctx.presence.among(seats),
  ({ channelId, userId }) => `${channelId}:${userId}`,
)

const PresenceStatusType = builder.enumType('PresenceStatus', {
  description: 'Whether someone is here.',
  values: {
    ONLINE: { description: 'Connected, and did something in the last five minutes.' },
    AWAY: { description: 'Connected, but did nothing in the last five minutes.' },
    OFFLINE: { description: 'Not connected, for some seconds at least.' },
  },
})

const PresenceType = builder.objectRef<Presence>('Presence').implement({
  description: 'How someone is now, over all their devices.',
  fields: (t) => ({
    status: t.field({ type: PresenceStatusType, description: 'Whether they are here.', resolve: ({ status }) => status }),
    lastActiveAt: t.expose('lastActiveAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When they last did something, to the minute while they are ONLINE; null where that is not known.',
    }),
  }),
})

builder.prismaObjectField(UserType, 'presence', (t) =>
  t.field({
    type: PresenceType,
    description: 'For whoever shares a channel with them; to others everyone is OFFLINE.',
    // An answer that many get depends on none of them: it is about a channel that all of them are in, or a person whom all may see.
    resolve: async ({ id: userId }, _args, ctx, info) => {
      if (!ctx.audience) return ctx.viewer ? (await presenceOf(ctx).load(userId))! : neverHere
      const [kind, of] = (info.rootValue as LiveRoot).happening.topic.split('.')
      if (kind === 'channel') return (await presenceAmong(ctx).load({ channelId: of!, userId }))!
      return of === userId ? (await presenceNow(ctx).load(userId))! : neverHere
    },
  }),
)

const userField = {
  type: UserType,
  description: 'The person it is about.',
  resolve: async (root: LiveRoot, _args: object, ctx: Parameters<typeof peopleOf>[0]) => {
    const user = await peopleOf(ctx).load(row<string>(root, 'userId'))
    if (!user) throw new NotFound('This person does not exist any more.')
    return user
  },
}

const TypingChanged = event('TypingChanged', 'Ephemeral: may be lost, and is never replayed.', (t) => ({
  channelId: t.id(inChannel),
  user: t.field(userField),
  typing: t.boolean({
    description: "True comes again every few seconds while it goes on: where it doesn't, it is over after six.",
    resolve: (root) => row<boolean>(root, 'typing'),
  }),
}))

const PresenceChanged = event('PresenceChanged', 'Ephemeral: may be lost, and is never replayed.', (t) => ({
  user: t.field(userField),
  presence: t.field({
    type: PresenceType,
    description: 'How they are now, over all their devices.',
    resolve: (root) => row<Presence>(root, 'presence'),
  }),
}))

const asIs = (userId: string, presence: Presence): Happening => ({
  topic: presenceTopic(userId),
  type: 'PresenceChanged',
  entity: `Presence:${userId}`,
  version: 0,
  subjects: [],
  ephemeral: true,
  rows: { userId, presence },
})

builder.subscriptionFields((t) => ({
  typingChanged: t.field({
    type: TypingChanged,
    description: 'Who of the others types in the channel, or stops. For members.',
    args: { channelId: t.arg.id(channelArg) },
    subscribe: async (_root, { channelId }, ctx) => {
      const { listener, from, ...seat } = await seatOf(channelId, ctx)
      return source(ctx.streams.happenings(listener, seat.channelId, { types: ['TypingChanged'], from }))
    },
    resolve: asItIs,
  }),

  presenceChanged: t.field({
    type: PresenceChanged,
    description: 'First how each of them is now, then what changes.',
    args: { userIds: t.arg.idList({ required: true, description: 'Up to 500 people whom the viewer shares a channel with.' }) },
    subscribe: async (_root, args, ctx) => {
      const viewer = signedIn(ctx)
      const userIds = await ctx.presence.watch(viewer, args)
      const told = new Map<string, PresenceStatus>()
      return source(
        ctx.streams.several(
          { viewer, showsReads: true },
          {
            topics: userIds.map(presenceTopic),
            first: async () => {
              const now = await ctx.presence.now(userIds)
              return userIds.map((userId, place) => asIs(userId, now[place]!))
            },
            isNews: ({ rows }) => {
              const { userId, presence } = rows as { userId: string; presence: Presence }
              const isNews = told.get(userId) !== presence.status
              told.set(userId, presence.status)
              return isNews
            },
            may: ({ rows }) => ctx.presence.mayWatch(viewer, rows.userId as string),
          },
        ),
      )
    },
    resolve: asItIs,
  }),
}))

builder.relayMutationField(
  'setTyping',
  {
    inputFields: (t) => ({
      channelId: t.id({ required: true, description: 'The channel it is written in.' }),
      typing: t.boolean({ required: true, description: 'Say true again every three seconds: it ends by itself after six.' }),
    }),
  },
  {
    description: 'Lets the others in the channel know that the viewer is writing. Sending the message ends it.',
    errors: { types: [NotFound, Forbidden, Conflict] },
    resolve: async (_root, { input }, ctx) => {
      await ctx.typing.set(signedIn(ctx), input)
      return { ok: true }
    },
  },
  {
    description: 'It is said.',
    outputFields: (t) => ({ ok: t.boolean({ description: 'Always true: a payload needs a field.', resolve: ({ ok }) => ok }) }),
  },
)

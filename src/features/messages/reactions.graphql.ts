import { builder } from '../../graphql/builder.ts'
import { signedIn } from '../../graphql/context.ts'
import { dependsOn } from '../../graphql/dependence.ts'
import { loaderOf } from '../../graphql/loader.ts'
import { Conflict, Forbidden, InvalidInput, NotFound } from '../../kernel/errors.ts'
import { peopleOf, UserType } from '../people/people.graphql.ts'
import { messageField, MessageType } from './messages.graphql.ts'
import { type Place, placeKey } from './place.ts'
import type { ReactionCount } from './reactions.store.ts'

const reactionsOf = loaderOf<Place, ReactionCount[]>(
  (places, ctx) => ctx.messages.reactions(places, ctx.audience ? null : ctx.viewer),
  placeKey,
)

const ReactionType = builder.objectRef<ReactionCount>('Reaction').implement({
  description: 'One emoji under a message.',
  fields: (t) => ({
    emoji: t.exposeString('emoji', { description: 'The emoji itself.' }),
    count: t.exposeInt('count', { description: 'How many people chose it.' }),
    users: t.field({
      type: [UserType],
      description: 'Who, the first to do so first; up to 100.',
      args: { first: t.arg.int({ description: 'How many at most.' }) },
      resolve: async ({ userIds }, { first }, ctx) => {
        if (first != null && (first < 0 || first > 100)) throw new InvalidInput([{ path: 'first', reason: 'Must be from 0 to 100.' }])
        return present(await Promise.all(userIds.slice(0, first ?? 50).map((id) => peopleOf(ctx).load(id))))
      },
    }),
    viewerReacted: t.exposeBoolean('viewerReacted', { description: 'Whether the viewer chose it, too.', extensions: dependsOn('viewer') }),
  }),
})

const present = <Value>(values: readonly (Value | null)[]): Value[] => values.filter((value) => value !== null)

builder.prismaObjectField(MessageType, 'reactions', (t) =>
  t.field({
    type: [ReactionType],
    description: 'The oldest kind first.',
    resolve: async (message, _args, ctx) => (await reactionsOf(ctx).load(message)) ?? [],
  }),
)

const ReactionInput = builder.inputType('ReactionInput', {
  description: 'A message and an emoji.',
  fields: (t) => ({
    messageId: t.id({ required: true, description: 'The `id` of the message.' }),
    emoji: t.string({ required: true, description: 'One emoji.' }),
  }),
})

builder.relayMutationField(
  'addReaction',
  ReactionInput,
  {
    description: 'Adds an emoji to a message, once for each person; at most 20 kinds.',
    errors: { types: [InvalidInput, Forbidden, NotFound, Conflict] },
    resolve: async (_root, { input }, ctx) => ({ message: await ctx.messages.addReaction(signedIn(ctx), input) }),
  },
  { description: 'It is there.', outputFields: (t) => ({ message: t.field(messageField) }) },
)

builder.relayMutationField(
  'removeReaction',
  ReactionInput,
  {
    description: "Takes the viewer's own emoji away again.",
    errors: { types: [NotFound, Forbidden, Conflict, InvalidInput] },
    resolve: async (_root, { input }, ctx) => ({ message: await ctx.messages.removeReaction(signedIn(ctx), input) }),
  },
  { description: 'It is not there.', outputFields: (t) => ({ message: t.field(messageField) }) },
)

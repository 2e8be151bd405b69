import { builder } from '../../graphql/builder.ts'
import { signedIn } from '../../graphql/context.ts'
import { Conflict, Forbidden, InvalidInput, NotFound, RateLimited } from '../../kernel/errors.ts'
import { UserType } from '../people/people.graphql.ts'

builder.relayMutationField(
  'invitePerson',
  {
    inputFields: (t) => ({
      email: t.string({ required: true, description: 'Where the invitation goes. The handle is made from it and can be changed.' }),
      displayName: t.string({ description: 'Up to 80 characters; the handle where there is none.' }),
      channelIds: t.idList({ description: 'Added to these channels at once.' }),
    }),
  },
  {
    description: 'Makes an account for someone and mails them a single-use link to set their password.',
    errors: { types: [InvalidInput, Conflict, Forbidden, RateLimited, NotFound] },
    resolve: (_root, { input }, ctx) => ctx.invitations.invite(signedIn(ctx), input),
  },
  {
    description: 'The invitation is on its way.',
    outputFields: (t) => ({
      user: t.prismaField({
        type: UserType,
        description: 'The person, who is in the directory from now on.',
        resolve: async (query, { userId }, _args, ctx) => (await ctx.people.user(signedIn(ctx), userId, query))!,
      }),
    }),
  },
)

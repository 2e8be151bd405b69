import { builder } from '../../graphql/builder.ts'
import { BadCredentials, InvalidInput, RateLimited } from '../../kernel/errors.ts'
import { viewerField } from '../people/people.graphql.ts'
import { enter, expiresAtField, tokenField } from './signed-in.graphql.ts'

builder.relayMutationField(
  'requestPasswordReset',
  { inputFields: (t) => ({ email: t.string({ required: true, description: 'The address of the account.' }) }) },
  {
    description: 'Mails a single-use link to choose a new password. Answers alike whether or not the account exists.',
    skipTypeScopes: true,
    errors: { types: [RateLimited, InvalidInput] },
    resolve: async (_root, { input }, ctx) => {
      await ctx.recovery.request(input, ctx.device)
      return {}
    },
  },
  {
    description: 'If there is such an account, a mail is on its way.',
    outputFields: (t) => ({ ok: t.boolean({ description: 'Always true: a payload needs a field.', resolve: () => true }) }),
  },
)

builder.relayMutationField(
  'resetPassword',
  {
    inputFields: (t) => ({
      token: t.string({ required: true, description: 'From the link in the mail: of a password reset, or of an invitation.' }),
      password: t.string({ required: true, description: '8–200 characters.' }),
    }),
  },
  {
    description: 'Sets the password, ends all sessions, signs in anew, and verifies the e-mail address.',
    skipTypeScopes: true,
    errors: { types: [InvalidInput, BadCredentials, RateLimited] },
    resolve: async (_root, { input }, ctx) => enter(ctx, await ctx.recovery.reset(input, ctx.device)),
  },
  {
    description: 'Signed in with the new password.',
    outputFields: (t) => ({ token: t.string(tokenField), expiresAt: t.field(expiresAtField), viewer: t.prismaField(viewerField) }),
  },
)

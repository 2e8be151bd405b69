import { builder } from '../../graphql/builder.ts'
import { BadCredentials, Conflict, InvalidInput, RateLimited } from '../../kernel/errors.ts'
import { viewerField } from '../people/people.graphql.ts'
import { enter, expiresAtField, tokenField } from './signed-in.graphql.ts'

builder.relayMutationField(
  'requestSignInCode',
  {
    description: 'Exactly one of the two.',
    inputFields: (t) => ({
      email: t.string({ description: 'An e-mail address.' }),
      phone: t.string({ description: 'A phone number with its country code, such as +491701234567.' }),
    }),
  },
  {
    description: 'Sends a one-time code to an e-mail address or phone number. Answers alike whether or not the account exists.',
    skipTypeScopes: true,
    errors: { types: [InvalidInput, RateLimited] },
    resolve: (_root, { input }, ctx) => ctx.codes.request(input, ctx.device),
  },
  {
    description: 'A code is on its way. It replaces the one before.',
    outputFields: (t) => ({
      retryAfterMs: t.int({ description: 'Milliseconds until another may be asked for.', resolve: ({ retryAfterMs }) => retryAfterMs }),
    }),
  },
)

builder.relayMutationField(
  'signInWithCode',
  {
    inputFields: (t) => ({
      email: t.string({ description: 'Where the code was sent to: this, or `phone`.' }),
      phone: t.string({ description: 'Where the code was sent to: this, or `email`.' }),
      code: t.string({ required: true, description: 'The newest code, six digits. It works once, for 10 minutes and five tries.' }),
      handle: t.string({ description: 'For a first sign-in, which makes the account. Without one it comes from the address.' }),
    }),
  },
  {
    description: 'Signs in with a one-time code, and makes the account where there is none.',
    skipTypeScopes: true,
    errors: { types: [BadCredentials, InvalidInput, Conflict, RateLimited] },
    resolve: async (_root, { input }, ctx) => enter(ctx, await ctx.codes.signIn(input, ctx.device)),
  },
  {
    description: 'Signed in. The address is verified.',
    outputFields: (t) => ({
      token: t.string(tokenField),
      expiresAt: t.field(expiresAtField),
      viewer: t.prismaField(viewerField),
      created: t.boolean({ description: 'Whether the account was made just now.', resolve: ({ created }) => created }),
    }),
  },
)

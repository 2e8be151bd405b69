import { builder } from '../../graphql/builder.ts'
import { signedIn } from '../../graphql/context.ts'
import { BadCredentials, Conflict, InvalidInput, RateLimited } from '../../kernel/errors.ts'
import { viewerField } from '../people/people.graphql.ts'
import { enter, expiresAtField, leave, tokenField } from './signed-in.graphql.ts'

builder.relayMutationField(
  'signUp',
  {
    inputFields: (t) => ({
      email: t.string({ required: true, description: 'Unique without regard to case. A link to verify it is mailed.' }),
      password: t.string({ required: true, description: '8–200 characters.' }),
      handle: t.string({ required: true, description: '3–30 of a–z 0–9 _ . -, unique without regard to case.' }),
      displayName: t.string({ description: 'Up to 80 characters; the handle where there is none.' }),
    }),
  },
  {
    description: 'Makes an account and signs in.',
    skipTypeScopes: true,
    errors: { types: [InvalidInput, Conflict, RateLimited] },
    resolve: async (_root, { input }, ctx) => enter(ctx, await ctx.accounts.signUp(input, ctx.device)),
  },
  {
    description: 'The account is made, and its owner signed in.',
    outputFields: (t) => ({ token: t.string(tokenField), expiresAt: t.field(expiresAtField), viewer: t.prismaField(viewerField) }),
  },
)

builder.relayMutationField(
  'signIn',
  {
    inputFields: (t) => ({
      login: t.string({ required: true, description: 'An e-mail address or a handle, in whatever case.' }),
      password: t.string({ required: true, description: 'The password.' }),
    }),
  },
  {
    description: '`login` is an e-mail address or a handle.',
    skipTypeScopes: true,
    errors: { types: [BadCredentials, RateLimited, InvalidInput] },
    resolve: async (_root, { input }, ctx) => enter(ctx, await ctx.accounts.signIn(input, ctx.device)),
  },
  {
    description: 'Signed in.',
    outputFields: (t) => ({ token: t.string(tokenField), expiresAt: t.field(expiresAtField), viewer: t.prismaField(viewerField) }),
  },
)

builder.relayMutationField(
  'verifyEmail',
  { inputFields: (t) => ({ token: t.string({ required: true, description: 'From the link in the mail.' }) }) },
  {
    description: 'Shows that an address is its owner’s. May be called signed out: the link is the proof.',
    skipTypeScopes: true,
    errors: { types: [BadCredentials, InvalidInput] },
    resolve: (_root, { input }, ctx) => ctx.accounts.verifyEmail(ctx.viewer, input),
  },
  {
    description: 'The address is verified.',
    outputFields: (t) => ({
      viewer: t.prismaField({
        ...viewerField,
        description: 'Whose address it is. Signed out, only what the account itself holds can be read.',
      }),
    }),
  },
)

builder.relayMutationField(
  'changePassword',
  {
    inputFields: (t) => ({
      current: t.string({ required: true, description: 'The password until now.' }),
      new: t.string({ required: true, description: '8–200 characters.' }),
    }),
  },
  {
    description: 'Keeps the session it is called with, and ends all others.',
    errors: { types: [InvalidInput, BadCredentials, RateLimited] },
    resolve: async (_root, { input }, ctx) => {
      await ctx.accounts.changePassword(signedIn(ctx), input)
      return {}
    },
  },
  {
    description: 'The new password counts from here on.',
    outputFields: (t) => ({ ok: t.boolean({ description: 'Always true: a payload needs a field.', resolve: () => true }) }),
  },
)

builder.relayMutationField(
  'deleteAccount',
  {
    inputFields: (t) => ({
      password: t.string({ description: 'The password, or else `code`.' }),
      code: t.string({ description: 'A one-time code, as requestSignInCode sends it to the address of the account.' }),
    }),
  },
  {
    description:
      'Ends the account for good. Handle and address are free again; messages stay, without a sender. Names in what was said stay, too, by people or by the server («Ada joined.»).',
    errors: { types: [BadCredentials, RateLimited, InvalidInput] },
    resolve: async (_root, { input }, ctx) => {
      await ctx.accounts.delete(signedIn(ctx), input)
      leave(ctx)
      return {}
    },
  },
  {
    description: 'The account is gone.',
    outputFields: (t) => ({ ok: t.boolean({ description: 'Always true: a payload needs a field.', resolve: () => true }) }),
  },
)

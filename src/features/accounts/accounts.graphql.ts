import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { Conflict, InvalidInput, RateLimited } from '../../kernel/errors.ts'
import { ViewerType } from '../people/people.graphql.ts'
import type { SignedIn } from './accounts.ts'

/** The fields of every payload that ends signed in. */
const signedInFields = {
  description: 'The viewer is signed in from here on, and the cookie is set.',
}

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
    resolve: async (_root, { input }, ctx) => opened(ctx, await ctx.accounts.signUp(input, ctx.device)),
  },
  {
    ...signedInFields,
    outputFields: (t) => ({
      token: t.string({ description: 'Goes into `Authorization: Bearer …`. Shown this once.', resolve: ({ token }) => token }),
      expiresAt: t.field({ type: 'DateTime', description: 'Unless it is used before then.', resolve: ({ expiresAt }) => expiresAt }),
      viewer: t.prismaField({
        type: ViewerType,
        description: 'Who is signed in now.',
        resolve: async (query, { viewer }, _args, ctx) => (await ctx.people.account(viewer.userId, query))!,
      }),
    }),
  },
)

/** From here on the operation is this person's: its payload shows the viewer. */
function opened(ctx: Context, signedIn: SignedIn): SignedIn {
  ctx.viewer = signedIn.viewer
  ctx.cookie.set(signedIn.token, signedIn.expiresAt)
  return signedIn
}

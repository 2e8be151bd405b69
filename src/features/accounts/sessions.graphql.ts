import type { Session } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { signedIn } from '../../graphql/context.ts'
import { NotFound, RateLimited } from '../../kernel/errors.ts'
import { ViewerType } from '../people/people.graphql.ts'
import { leave } from './signed-in.graphql.ts'

const SessionType = builder.prismaObject('Session', {
  description: 'Somewhere the viewer is signed in.',
  fields: (t) => ({
    current: t.boolean({
      description: 'Whether it is the one this is asked with.',
      resolve: ({ id }, _args, ctx) => id === ctx.viewer?.sessionId,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was signed in.' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', description: 'When it was used last, to the minute.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends, unless it is used before then.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'What the client called itself; null where it said nothing.' }),
    ipAddress: t.exposeString('ipAddress', { nullable: true, description: 'Where it was signed in from; null where that is not known.' }),
  }),
})

builder.nodeRef(SessionType, {
  id: { resolve: (session) => (session as Session).id },
  loadMany: (ids, ctx) => ctx.sessions.some(signedIn(ctx), ids),
})

builder.prismaObjectField(ViewerType, 'sessions', (t) =>
  t.field({
    type: [SessionType],
    description: 'Where the viewer is signed in, the last used first.',
    resolve: (_viewer, _args, ctx) => ctx.sessions.list(signedIn(ctx)),
  }),
)

builder.relayMutationField(
  'signOut',
  null,
  {
    description: 'Ends the session it is called with.',
    errors: { types: [RateLimited] },
    resolve: async (_root, _args, ctx) => {
      await ctx.sessions.signOut(signedIn(ctx))
      leave(ctx)
      return {}
    },
  },
  {
    description: 'Signed out.',
    outputFields: (t) => ({ ok: t.boolean({ description: 'Always true: a payload needs a field.', resolve: () => true }) }),
  },
)

builder.relayMutationField(
  'revokeSession',
  { inputFields: (t) => ({ sessionId: t.id({ required: true, description: 'One of the viewer’s own.' }) }) },
  {
    description: 'Ends one session of the viewer’s, and closes what it holds open.',
    errors: { types: [NotFound] },
    resolve: async (_root, { input }, ctx) => {
      const { current } = await ctx.sessions.revoke(signedIn(ctx), input)
      if (current) leave(ctx)
      return input
    },
  },
  {
    description: 'The session has ended.',
    outputFields: (t) => ({
      sessionId: t.id({ description: 'The `id` of the one it was done to.', resolve: ({ sessionId }) => sessionId }),
    }),
  },
)

builder.relayMutationField(
  'revokeOtherSessions',
  null,
  {
    description: 'Ends all sessions of the viewer’s but the one it is called with.',
    errors: { types: [RateLimited] },
    resolve: async (_root, _args, ctx) => ({ revoked: await ctx.sessions.revokeOthers(signedIn(ctx)) }),
  },
  {
    description: 'Only this session is left.',
    outputFields: (t) => ({ revoked: t.int({ description: 'How many were ended.', resolve: ({ revoked }) => revoked }) }),
  },
)

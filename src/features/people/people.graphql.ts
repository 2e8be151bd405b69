import type { User } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { signedIn } from '../../graphql/context.ts'

export const UserType = builder.prismaObject('User', {
  description: 'What everyone signed in may know of a person. Private things live on Viewer.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Counts changes of the profile: the highest version is the truth.' }),
    handle: t.exposeString('handle', { description: 'The unique name, 3–30 of a–z 0–9 _ . -, as in @handle.' }),
    displayName: t.exposeString('displayName', { description: 'The name to show.' }),
    avatarUrl: t.exposeString('avatarUrl', { nullable: true, description: 'A picture, on https.' }),
    bio: t.exposeString('bio', { nullable: true, description: 'A few words about oneself.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
  }),
})

builder.nodeRef(UserType, {
  id: { resolve: (user) => (user as User).id },
  loadMany: (ids, ctx) => ctx.people.users(signedIn(ctx), ids),
})

export const ViewerType = builder.prismaObject('Account', {
  variant: 'Viewer',
  description: 'The signed-in person, and what only they may see.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Counts changes of what is here and of the settings.' }),
    user: t.relation('user', { description: 'What others see of the viewer.' }),
    email: t.exposeString('email', { nullable: true, description: 'Lower case.' }),
  }),
})

builder.queryField('viewer', (t) =>
  t.prismaField({
    type: ViewerType,
    nullable: true,
    skipTypeScopes: true,
    description: 'Who is signed in; null when signed out.',
    resolve: (query, _root, _args, ctx) => (ctx.viewer ? ctx.people.account(ctx.viewer.userId, query) : null),
  }),
)

import type { Account, EmailNotifications, User, UserRole } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { type Context, signedIn } from '../../graphql/context.ts'
import { loaderOf } from '../../graphql/loader.ts'
import { Conflict, InvalidInput } from '../../kernel/errors.ts'

/** People by id; null for who doesn't exist any more. */
export const peopleOf = loaderOf<string, User>((ids, ctx) => (ctx.audience ? ctx.people.recent(ids) : ctx.people.users(signedIn(ctx), ids)))

export const UserType = builder.prismaObject('User', {
  description: 'What everyone signed in may know of a person. Private things live on Viewer.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Counts changes of the profile: the highest version is the truth.' }),
    handle: t.exposeString('handle', { description: 'The unique name, 3–30 of a–z 0–9 _ . -, as in @handle.' }),
    displayName: t.exposeString('displayName', { description: 'The name to show.' }),
    avatarUrl: t.exposeString('avatarUrl', { nullable: true, description: 'The URL of a picture, on https; null where there is none.' }),
    bio: t.exposeString('bio', {
      nullable: true,
      description: 'A few words about oneself, up to 500 characters; null where there are none.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
  }),
})

builder.nodeRef(UserType, {
  id: { resolve: (user) => (user as User).id },
  loadMany: (ids, ctx) => ctx.people.users(signedIn(ctx), ids),
})

const UserRoleType = builder.enumType('UserRole', {
  description: 'What someone is on this server. In a channel there are roles of its own.',
  values: {
    USER: { description: 'Like everyone.' },
    ADMIN: { description: 'May do in every PUBLIC channel what its owner may, and invite where only administrators do.' },
  } satisfies Record<UserRole, unknown>,
})

const EmailNotificationsType = builder.enumType('EmailNotifications', {
  description: 'What is mailed to someone who is away.',
  values: {
    ALL: { description: 'Whatever may interrupt, as the notification level of each channel has it.' },
    MENTIONS_AND_DIRECT: { description: 'Mentions, replies, and messages in DIRECT channels. The preset.' },
    NONE: { description: 'Nothing. Codes and links that one asks for come all the same.' },
  } satisfies Record<EmailNotifications, unknown>,
})

const QuietHoursType = builder.objectRef<{ from: string; to: string }>('QuietHours').implement({
  description: 'A span of local time, over midnight where `to` is before `from`.',
  fields: (t) => ({
    from: t.exposeString('from', { description: 'A local time such as 22:00.' }),
    to: t.exposeString('to', { description: 'A local time such as 07:00.' }),
  }),
})

const ViewerSettingsType = builder.prismaObject('Account', {
  variant: 'ViewerSettings',
  description: "The viewer's choices, on all their devices.",
  fields: (t) => ({
    readReceipts: t.exposeBoolean('readReceipts', {
      description: "Off: others don't see what the viewer has read, and the viewer doesn't see what others have.",
    }),
    emailNotifications: t.expose('emailNotifications', {
      type: EmailNotificationsType,
      description: 'What is mailed while the viewer is away.',
    }),
    pushNotifications: t.exposeBoolean('pushNotifications', { description: 'Whether devices are notified.' }),
    quietHours: t.field({
      type: QuietHoursType,
      nullable: true,
      description: 'Local times such as 22:00 and 07:00 in `timeZone`; no notification leaves the server between them.',
      resolve: ({ quietFrom, quietTo }) => (quietFrom !== null && quietTo !== null ? { from: quietFrom, to: quietTo } : null),
    }),
    timeZone: t.exposeString('timeZone', { description: 'An IANA name such as Europe/Berlin; UTC at first.' }),
  }),
})

/** What else hangs on it, other rooms add: for whoever is signed in, with `signedIn(ctx)`. */
export const ViewerType = builder.prismaObject('Account', {
  variant: 'Viewer',
  description: 'The signed-in person, and what only they may see.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Counts changes of what is here and of the settings.' }),
    user: t.relation('user', { description: 'What others see of the viewer.' }),
    email: t.exposeString('email', { nullable: true, description: 'Lower case. Null for who signed up with a phone number.' }),
    emailVerified: t.boolean({
      description: 'Whether the viewer has shown that the address is theirs.',
      resolve: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
    }),
    phone: t.exposeString('phone', { nullable: true, description: 'E.164, such as +491701234567. Null for who has given none.' }),
    role: t.expose('role', { type: UserRoleType, description: 'What the viewer is on this server.' }),
    settings: t.variant(ViewerSettingsType, { description: "The viewer's choices, on all their devices." }),
  }),
})

/** The field `viewer` of a payload: of whoever the payload is about. */
export const viewerField = {
  type: ViewerType,
  description: 'The viewer, as they are now.',
  resolve: async (query: object, { userId }: { userId: string }, _args: object, ctx: Context): Promise<Account> =>
    (await ctx.people.account(userId, query))!,
}

builder.queryFields((t) => ({
  viewer: t.prismaField({
    type: ViewerType,
    nullable: true,
    skipTypeScopes: true,
    description: 'Who is signed in; null when signed out.',
    resolve: (query, _root, _args, ctx) => {
      // Read it even where nobody is signed in: a query that nobody reads counts as forgotten.
      const wanted = { ...query }
      return ctx.viewer ? ctx.people.account(ctx.viewer.userId, wanted) : null
    },
  }),

  user: t.prismaField({
    type: UserType,
    nullable: true,
    description: 'The person of this handle, in whatever case; null where there is none.',
    args: { handle: t.arg.string({ required: true, description: 'Without the @.' }) },
    resolve: (query, _root, args, ctx) => ctx.people.byHandle(signedIn(ctx), args, query),
  }),

  users: t.connection(
    {
      type: UserType,
      description: 'The directory, by handle.',
      args: { search: t.arg.string({ description: 'How a handle, or a word of a display name, begins, as typed so far.' }) },
      resolve: (_root, args, ctx) => ctx.people.directory(signedIn(ctx), args),
    },
    { name: 'UserConnection' },
    { name: 'UserEdge' },
  ),
}))

builder.relayMutationField(
  'updateProfile',
  {
    inputFields: (t) => ({
      handle: t.string({ description: '3–30 of a–z 0–9 _ . -, unique without regard to case.' }),
      displayName: t.string({ description: 'Up to 80 characters.' }),
      avatarUrl: t.string({ description: 'A URL on https; null or empty takes it away.' }),
      bio: t.string({ description: 'Up to 500 characters, in several lines; null or empty takes it away.' }),
    }),
  },
  {
    description: 'Changes what is given and leaves the rest.',
    errors: { types: [InvalidInput, Conflict] },
    resolve: async (_root, { input }, ctx) => {
      const viewer = signedIn(ctx)
      await ctx.people.updateProfile(viewer, input)
      return viewer
    },
  },
  { description: 'The profile is as asked for.', outputFields: (t) => ({ viewer: t.prismaField(viewerField) }) },
)

const QuietHoursInput = builder.inputType('QuietHoursInput', {
  description: 'A span of local time, over midnight where `to` is before `from`.',
  fields: (t) => ({
    from: t.string({ required: true, description: 'A local time such as 22:00.' }),
    to: t.string({ required: true, description: 'A local time such as 07:00.' }),
  }),
})

builder.relayMutationField(
  'updateSettings',
  {
    inputFields: (t) => ({
      readReceipts: t.boolean({
        description: "Off: others don't see what the viewer has read, and the viewer doesn't see what others have.",
      }),
      emailNotifications: t.field({ type: EmailNotificationsType, description: 'What is mailed while the viewer is away.' }),
      pushNotifications: t.boolean({ description: 'Whether devices are notified.' }),
      quietHours: t.field({ type: QuietHoursInput, description: 'None of them is sent between these times; null ends that.' }),
      timeZone: t.string({ description: 'An IANA name such as Europe/Berlin; UTC at first.' }),
    }),
  },
  {
    description: 'Changes what is given and leaves the rest.',
    errors: { types: [InvalidInput] },
    resolve: async (_root, { input }, ctx) => {
      const viewer = signedIn(ctx)
      await ctx.people.updateSettings(viewer, input)
      return viewer
    },
  },
  { description: 'The settings are as asked for.', outputFields: (t) => ({ viewer: t.prismaField(viewerField) }) },
)

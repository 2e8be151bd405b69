import { MailPriority } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { signedIn } from '../../graphql/context.ts'
import { Forbidden, NotFound } from '../../kernel/errors.ts'
import { encodeNodeId } from '../../kernel/node-id.ts'
import type { DeadLetter } from './mails.store.ts'

const MailPriorityType = builder.enumType('MailPriority', {
  description: 'Which mails go first.',
  values: {
    [MailPriority.SECRET]: { description: 'Codes, resets, invitations and verifications: somebody waits for them.' },
    [MailPriority.NOTIFICATION]: { description: 'What was written while somebody was away.' },
  },
})

const DeadLetterType = builder.objectRef<DeadLetter>('DeadLetter').implement({
  description: 'A mail that could not be sent. What it says is shown to nobody.',
  fields: (t) => ({
    id: t.id({ description: 'For `retryDeadLetter`.', resolve: ({ id }) => encodeNodeId('DeadLetter', id) }),
    priority: t.field({ type: MailPriorityType, description: 'What kind of mail it is.', resolve: ({ priority }) => priority }),
    to: t.exposeString('to', { description: 'Its recipient.' }),
    subject: t.exposeString('subject', {
      nullable: true,
      description: 'Null where it was not even written, and of mails about messages: those are written anew for each try.',
    }),
    tries: t.exposeInt('tries', { description: 'How often it was tried.' }),
    lastError: t.exposeString('lastError', { nullable: true, description: 'Why the last of them failed.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was to be sent.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was given up.' }),
  }),
})

builder.queryFields((t) => ({
  deadLetters: t.connection(
    {
      type: DeadLetterType,
      description:
        'Mails that could not be sent, the last given up first. For administrators; others get FORBIDDEN. Kept for 30 days; one about messages until then, or until another mail is ordered in its place.',
      resolve: (_root, args, ctx) => ctx.deadLetters.list(signedIn(ctx), args),
    },
    { name: 'DeadLetterConnection' },
    { name: 'DeadLetterEdge' },
  ),
}))

builder.relayMutationField(
  'retryDeadLetter',
  { inputFields: (t) => ({ id: t.id({ required: true, description: 'Of a DeadLetter.' }) }) },
  {
    description:
      'Sends a dead letter after all: at once, with all its tries before it again. One about messages says what is unread by then, and is not sent where nothing is. For administrators.',
    errors: { types: [NotFound, Forbidden] },
    resolve: async (_root, { input }, ctx) => {
      await ctx.deadLetters.retry(signedIn(ctx), input)
      return input
    },
  },
  { description: 'It is in the queue again.', outputFields: (t) => ({ id: t.id({ description: 'Which one.', resolve: ({ id }) => id }) }) },
)

import './scalars.ts'
import './errors.ts'
import './node.ts'
import '../features/people/people.graphql.ts'
import '../features/channels/channels.graphql.ts'
import '../features/channels/members.graphql.ts'
import '../features/messages/messages.graphql.ts'
import '../features/messages/reactions.graphql.ts'
import '../features/receipts/receipts.graphql.ts'
import '../features/receipts/unread.graphql.ts'
import '../features/inbox/inbox.graphql.ts'
import '../features/presence/presence.graphql.ts'
import '../features/notifications/notifications.graphql.ts'
import '../features/accounts/accounts.graphql.ts'
import '../features/accounts/codes.graphql.ts'
import '../features/accounts/invitations.graphql.ts'
import '../features/accounts/recovery.graphql.ts'
import '../features/accounts/sessions.graphql.ts'
import '../features/mail/mail.graphql.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { forgetLoaded } from './loader.ts'

/** All rooms, by being imported above. */
export const schema = builder.toSchema()

// What one mutation of a document loaded, the next may have changed.
for (const field of Object.values(schema.getMutationType()!.getFields())) {
  const { resolve } = field
  field.resolve = async (root, args, ctx: Context, info) => {
    try {
      return await resolve!(root, args, ctx, info)
    } finally {
      forgetLoaded(ctx)
    }
  }
}

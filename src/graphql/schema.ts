import './scalars.ts'
import './errors.ts'
import './node.ts'
import '../features/people/people.graphql.ts'
import '../features/accounts/accounts.graphql.ts'
import '../features/accounts/codes.graphql.ts'
import '../features/accounts/invitations.graphql.ts'
import '../features/accounts/recovery.graphql.ts'
import '../features/accounts/sessions.graphql.ts'
import { builder } from './builder.ts'

/** All rooms, by being imported above. */
export const schema = builder.toSchema()

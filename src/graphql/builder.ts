import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import type PrismaTypes from '../generated/pothos.ts'
import { getDatamodel } from '../generated/pothos.ts'
import { Unauthenticated } from '../kernel/errors.ts'
import { encodeNodeId } from '../kernel/node-id.ts'
import type { Context } from './context.ts'

export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes
  Context: Context
  AuthScopes: { signedIn: boolean }
  DefaultAuthStrategy: 'all'
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    UUID: { Input: string; Output: string }
    StreamCursor: { Input: string; Output: string }
  }
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
}>({
  // Errors come first: what the others throw can then become a member of a mutation's union.
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  errors: {
    directResult: true,
    defaultUnionOptions: { name: ({ fieldName }) => `${fieldName[0]!.toUpperCase()}${fieldName.slice(1)}Result` },
  },
  scopeAuth: {
    defaultStrategy: 'all',
    authorizeOnSubscribe: true,
    authScopes: (ctx) => ({ signedIn: ctx.audience !== null || ctx.viewer !== null }),
    unauthorizedError: () => new Unauthenticated(),
  },
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
    encodeGlobalID: (type, key) => encodeNodeId(type, String(key)),
  },
  prisma: {
    client: (ctx) => ctx.prisma as never,
    dmmf: getDatamodel(),
    onUnusedQuery: 'error',
  },
})

// Closed by default: a root field is for the signed-in, unless it says `skipTypeScopes: true`.
builder.queryType({ authScopes: { signedIn: true } })
builder.mutationType({ authScopes: { signedIn: true } })
builder.subscriptionType({ authScopes: { signedIn: true } })

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
import { relayWords, resultWords } from './generated-words.ts'

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
    defaultUnionOptions: {
      name: ({ fieldName }) => `${fieldName[0]!.toUpperCase()}${fieldName.slice(1)}Result`,
      description: resultWords,
    },
  },
  scopeAuth: {
    defaultStrategy: 'all',
    authorizeOnSubscribe: true,
    authScopes: (ctx) => ({ signedIn: ctx.audience !== null || ctx.viewer !== null }),
    unauthorizedError: () => new Unauthenticated(),
  },
  relay: {
    ...relayWords,
    clientMutationId: 'omit',
    cursorType: 'String',
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    edgesFieldOptions: { ...relayWords.edgesFieldOptions, nullable: { list: false, items: false } },
    nodeFieldOptions: { ...relayWords.nodeFieldOptions, nullable: false },
    encodeGlobalID: (type, key) => encodeNodeId(type, String(key)),
  },
  prisma: {
    client: (ctx) => ctx.prisma as never,
    dmmf: getDatamodel(),
    onUnusedQuery: 'error',
  },
})

// Closed by default: a root field is for the signed-in, unless it says `skipTypeScopes: true`.
builder.queryType({
  authScopes: { signedIn: true },
  description: 'Reading. What the viewer may not see looks like what does not exist: null, or left out.',
})
builder.mutationType({
  authScopes: { signedIn: true },
  description: 'Doing. Each returns a union of its payload and the failures that can be expected; at most 3 in one operation.',
})
builder.subscriptionType({
  authScopes: { signedIn: true },
  description:
    'Hearing of it. Over a WebSocket (`graphql-transport-ws`), or as server-sent events. An application needs `inboxEvents` alone.',
})

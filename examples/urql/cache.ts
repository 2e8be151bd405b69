import { readFileSync } from 'node:fs'
import { type Cache, cacheExchange, type DataFields, type Resolver } from '@urql/exchange-graphcache'
import { type Exchange, gql } from '@urql/core'
import { buildSchema, introspectionFromSchema } from 'graphql'
import { type Message, messageFields } from './messages.ts'

/** All pages of a list that were read, joined into one in the order of `seq`. */
const bySeq: Resolver = (_parent, args, cache, { parentKey }) => {
  // A page that is not there yet is asked for.
  if (!cache.resolve(parentKey, 'messages', args)) return
  const pages = cache.inspectFields(parentKey).filter(({ fieldName }) => fieldName === 'messages')
  const edges = new Map<number, string>()
  let oldest: string | null = null
  for (const { fieldKey } of pages) {
    const page = cache.resolve(parentKey, fieldKey) as string
    for (const edge of (cache.resolve(page, 'edges') as string[] | null) ?? []) {
      const seq = cache.resolve(cache.resolve(edge, 'node') as string, 'seq') as number
      if (seq < Math.min(Infinity, ...edges.keys())) oldest = page
      edges.set(seq, edge)
    }
  }
  const sorted = [...edges].toSorted(([one], [other]) => one - other).map(([, edge]) => edge)
  return { __typename: 'MessageConnection', edges: sorted, pageInfo: oldest && cache.resolve(oldest, 'pageInfo') }
}

/** A message that has just been said joins the newest page. */
function append(cache: Cache, channelId: string, message: Message): void {
  const channel = cache.keyOfEntity({ __typename: 'Channel', id: channelId })!
  const newest = cache.inspectFields(channel).find(({ fieldName, arguments: args }) => fieldName === 'messages' && !args?.before)
  if (!newest) return
  const page = cache.resolve(channel, newest.fieldKey) as string
  const edges = cache.resolve(page, 'edges') as string[]
  const edge = { __typename: 'MessageEdge', node: message }
  const key = cache.keyOfEntity(edge)!
  if (edges.includes(key)) return
  cache.writeFragment(edgeFields, edge)
  cache.link(page, 'edges', [...edges, key])
}

const edgeFields = gql`
  fragment EdgeFields on MessageEdge {
    node {
      ...MessageFields
    }
  }
  ${messageFields}
`

export const createCacheExchange = (): Exchange =>
  cacheExchange({
    // With it fragments on interfaces are understood. In a browser: `minifyIntrospectionQuery` of @urql/introspection, at build time.
    schema: introspectionFromSchema(buildSchema(readFileSync('schema.graphql', 'utf8'))),
    keys: {
      // There is one viewer, and it has no id. The others are parts of what they stand in.
      Viewer: () => 'viewer',
      Receipt: ({ channelId, user }) => `${channelId as string}:${(user as DataFields).id as string}`,
      MessageEdge: ({ node }) => (node as DataFields).id as string,
      MessageConnection: () => null,
      ChannelConnection: () => null,
      ChannelEdge: () => null,
      PageInfo: () => null,
    },
    resolvers: { Channel: { messages: bySeq } },
    updates: {
      Subscription: {
        inboxEvents({ inboxEvents }, _args, cache) {
          const { __typename, channelId, message } = inboxEvents as { __typename: string; channelId: string; message: Message }
          if (__typename === 'MessageAdded') append(cache, channelId, message)
          // More was missed than is told event by event. The stream goes on by itself; what is shown is read anew.
          if (__typename === 'ResyncRequired') cache.invalidate('Query')
        },
      },
    },
  })

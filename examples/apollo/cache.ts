import { type FieldMergeFunction, InMemoryCache, type Reference } from '@apollo/client'

type Edge = { node: Reference }
type Page = { edges: Edge[]; pageInfo?: object }

/**
 * Pages of a channel and messages that arrive one by one become one list, in the order of `seq`, each message in it once. It doesn't
 * matter what came first. How to go on to older ones is what the page with the oldest message says.
 */
const bySeq: FieldMergeFunction<Page, Page> = (known, incoming, { readField }) => {
  const seqOf = ({ node }: Edge) => readField<number>('seq', node)!
  const edges = new Map([...(known?.edges ?? []), ...incoming.edges].map((edge) => [seqOf(edge), edge]))
  const sorted = [...edges.values()].toSorted((one, other) => seqOf(one) - seqOf(other))
  const oldest = sorted[0] && incoming.edges.some((edge) => seqOf(edge) === seqOf(sorted[0]!))
  return { ...known, ...incoming, edges: sorted, pageInfo: (oldest && incoming.pageInfo) || known?.pageInfo || incoming.pageInfo }
}

export const createCache = (): InMemoryCache =>
  new InMemoryCache({
    // Who implements what, for fragments on interfaces.
    possibleTypes: { Error: ['BadCredentials', 'Conflict', 'Forbidden', 'InvalidInput', 'NotFound', 'RateLimited'] },
    typePolicies: {
      // There is one viewer, and it has no id.
      Viewer: { keyFields: [] },
      Receipt: { keyFields: ['channelId', 'user', ['id']] },
      Channel: { fields: { messages: { keyArgs: false, merge: bySeq } } },
    },
  })

import { gql, type TypedDocumentNode } from '@urql/core'
import { server, signIn } from '../sign-in.ts'
import { createUrql } from './client.ts'
import { followInbox } from './inbox.ts'
import { type Message, messageFields } from './messages.ts'

// A conversation as a component would show it: a query, and a cache that events keep true. In React the query is `useQuery` of urql 5,
// which brings this very client, and everything else stays as it is.

type Page = { edges: { node: Message }[]; pageInfo: { startCursor: string | null } }
type Conversation = { channel: { name: string | null; messages: Page } }

const start: TypedDocumentNode<{ viewer: { cursor: string; channels: { edges: { node: { id: string } }[] } } }, object> = gql`
  query Start {
    viewer {
      cursor
      channels(first: 20, kinds: [PUBLIC]) {
        edges {
          node {
            id
          }
        }
      }
    }
  }
`

const conversation: TypedDocumentNode<Conversation, { id: string; before?: string | null }> = gql`
  query Conversation($id: ID!, $before: String) {
    channel(id: $id) {
      id
      name
      messages(last: 2, before: $before) {
        edges {
          node {
            ...MessageFields
          }
        }
        pageInfo {
          hasPreviousPage
          startCursor
        }
      }
    }
  }
  ${messageFields}
`

const client = createUrql(server, await signIn())

// The cursor is read before what is shown: nothing lies between them.
const { data } = await client.query(start, {})
const { cursor, channels } = data!.viewer
const { id } = channels.edges[0]!.node
const newest = await client.query(conversation, { id })

// One page further back. The cache puts it in front: whoever reads one page gets all that were read.
const { startCursor: before } = newest.data!.channel.messages.pageInfo
client.query(conversation, { id, before }).subscribe(({ data }) => {
  if (!data) return
  const lines = data.channel.messages.edges.map(({ node }) => `${node.seq} ${node.sender?.handle ?? '—'}: ${node.text ?? '—'}`)
  console.log(`${data.channel.name} | ${lines.join(' | ')}`)
})

await followInbox(client, cursor)

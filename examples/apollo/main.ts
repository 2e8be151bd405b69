import { gql, type TypedDocumentNode } from '@apollo/client'
import { server, signIn } from '../sign-in.ts'
import { createApollo } from './client.ts'
import { followInbox, type Message, messageFields } from './inbox.ts'

// A conversation as a component would show it: a query that is watched, and a cache that events keep true. In React the watched query
// is `useQuery(conversation)`, and everything else stays as it is.

type Conversation = { channel: { name: string | null; messages: { edges: { node: Message }[]; pageInfo: { startCursor: string | null } } } }

const start: TypedDocumentNode<{ viewer: { cursor: string; channels: { edges: { node: { id: string } }[] } } }> = gql`
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

const client = createApollo(server, await signIn())

// The cursor is read before what is shown: nothing lies between them.
const { data } = await client.query({ query: start })
const { cursor, channels } = data!.viewer
const { id } = channels.edges[0]!.node

const newest = await client.query({ query: conversation, variables: { id } })

const watched = client.watchQuery({ query: conversation, variables: { id } })
watched.subscribe(({ data, dataState }) => {
  if (dataState !== 'complete') return
  const lines = data.channel.messages.edges.map(({ node }) => `${node.seq} ${node.sender?.handle ?? '—'}: ${node.text ?? '—'}`)
  console.log(`${data.channel.name} | ${lines.join(' | ')}`)
})

// One page further back. The cache puts it in front.
await watched.fetchMore({ variables: { before: newest.data!.channel.messages.pageInfo.startCursor } })

await followInbox(client, cursor)

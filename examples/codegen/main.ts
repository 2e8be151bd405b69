import { server, signIn } from '../sign-in.ts'
import { graphql } from './gql/index.ts'
import type { TypedDocumentString } from './gql/graphql.ts'

// Typed operations over fetch, by GraphQL Code Generator. Nothing here is written twice: the types are those of the operations.

const channels = graphql(`
  query Channels($first: Int!) {
    viewer {
      user { handle }
      channels(first: $first) { edges { node { id name kind lastMessage { seq text } } } }
    }
  }
`)

const send = graphql(`
  mutation Send($input: SendMessageInput!) {
    sendMessage(input: $input) {
      __typename
      ... on SendMessagePayload { replayed message { seq text } }
      ... on Error { code reason }
      ... on RateLimited { retryAfterMs }
    }
  }
`)

const token = await signIn()

async function run<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result> {
  const response = await fetch(`${server}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: document, variables }),
  })
  const { data, errors } = (await response.json()) as { data?: Result; errors?: { message: string }[] }
  if (!data || errors) throw new Error(errors?.[0]?.message)
  return data
}

const { viewer } = await run(channels, { first: 10 })
for (const { node } of viewer!.channels.edges) console.log(`${node.kind} ${node.name ?? '—'}: ${node.lastMessage?.text ?? '—'}`)

const welcome = viewer!.channels.edges.find(({ node }) => node.name === 'Welcome')!
const { sendMessage } = await run(send, { input: { channelId: welcome.node.id, text: 'Typed from end to end.' } })
// The compiler knows what each member of the union holds, and that there may be more than these.
switch (sendMessage.__typename) {
  case 'SendMessagePayload':
    console.log(`sent as ${sendMessage.message.seq}`)
    break
  case 'RateLimited':
    console.log(`again in ${sendMessage.retryAfterMs} ms`)
    break
  default:
    console.log(`${sendMessage.code}: ${sendMessage.reason}`)
}

import { setTimeout as pause } from 'node:timers/promises'
import { type ApolloClient, CombinedGraphQLErrors, type ErrorLike, gql, type TypedDocumentNode } from '@apollo/client'

export type Message = {
  __typename: 'Message'
  id: string
  version: number
  seq: number
  text: string | null
  sender: { handle: string } | null
}
type Event = { __typename: string; cursor: string; channelId?: string; message?: Message }

export const messageFields = gql`
  fragment MessageFields on Message {
    id
    version
    seq
    text
    sender {
      id
      handle
    }
  }
`

const inbox: TypedDocumentNode<{ inboxEvents: Event }, { after: string }> = gql`
  subscription Inbox($after: StreamCursor!) {
    inboxEvents(after: $after, ephemeral: false) {
      cursor
      ... on MessageAdded {
        channelId
        message {
          ...MessageFields
        }
      }
      ... on MessageChanged {
        message {
          ...MessageFields
        }
      }
    }
  }
  ${messageFields}
`

const place = gql`
  fragment Place on Channel {
    messages {
      edges {
        node {
          ...MessageFields
        }
      }
    }
  }
  ${messageFields}
`

/** Keeps the cache as the server has it, from `after` on, until its session ends. */
export async function followInbox(client: ApolloClient, after: string): Promise<never> {
  for (;;) {
    await new Promise<void>((resolve, reject) => {
      // Not written to the cache by itself: an event that comes again must not undo what a mutation has answered since.
      const events = client.subscribe({ query: inbox, variables: { after }, fetchPolicy: 'no-cache' })
      const ended = (error: Error) => (isOver(error) ? reject(error) : resolve())
      events.subscribe({
        next({ data, error }) {
          if (error) return ended(error)
          after = data!.inboxEvents.cursor
          apply(client, data!.inboxEvents)
        },
        error: ended,
        complete: resolve,
      })
    })
    await pause(Math.random() * 1_000)
  }
}

/** What connecting again would not mend: a session that has ended (4403), or a mistake in the document. */
const isOver = (error: ErrorLike) =>
  CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code !== 'SERVICE_UNAVAILABLE' : error.message.includes('4403')

function apply({ cache, refetchQueries }: ApolloClient, { __typename, channelId, message }: Event): void {
  // More was missed than is told event by event. The stream goes on by itself; what is shown is read anew.
  if (__typename === 'ResyncRequired') return void refetchQueries({ include: 'active' })
  if (!message || message.version <= versionOf(cache, message)) return
  cache.writeFragment({ id: cache.identify(message), fragment: messageFields, data: message })
  if (!channelId) return
  const edges = [{ __typename: 'MessageEdge', node: message }]
  const channel = cache.identify({ __typename: 'Channel', id: channelId })
  cache.writeFragment({
    id: channel,
    fragment: place,
    fragmentName: 'Place',
    data: { __typename: 'Channel', messages: { __typename: 'MessageConnection', edges } },
  })
}

function versionOf(cache: ApolloClient['cache'], message: Message): number {
  const known = cache.readFragment<Message>({ id: cache.identify(message), fragment: messageFields })
  return known?.version ?? 0
}

import { setTimeout as pause } from 'node:timers/promises'
import { type Client, gql, type TypedDocumentNode } from '@urql/core'
import { isOver } from './client.ts'
import { messageFields } from './messages.ts'

const inbox: TypedDocumentNode<{ inboxEvents: { cursor: string } }, { after: string }> = gql`
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

/** Keeps the cache as the server has it, from `after` on, until its session ends. What to do with each event says cache.ts. */
export async function followInbox(client: Client, after: string): Promise<never> {
  for (;;) {
    await new Promise<void>((resolve, reject) => {
      const { unsubscribe } = client.subscription(inbox, { after }).subscribe((result) => {
        if (result.data) after = result.data.inboxEvents.cursor
        if (!result.error) return
        queueMicrotask(unsubscribe)
        if (isOver(result)) reject(result.error)
        else resolve()
      })
    })
    await pause(Math.random() * 1_000)
  }
}

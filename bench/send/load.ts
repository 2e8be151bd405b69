import { randomUUID } from 'node:crypto'
import { post } from '../support/post.ts'
import { drive, type Run } from '../support/drive.ts'
import { text } from './text.ts'

// A process of its own that asks a server over HTTP, each worker on a connection that stays open, and tells its parent how that went.

export type Order = {
  url: string
  tokens: readonly string[]
  /** Ids of channels to send to, each message to one of them at random; none: asks who is signed in. */
  channelIds: readonly string[]
  seconds: number
}

const whoAmI = '{ viewer { user { id } } }'
const say = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename ... on SendMessagePayload { message { id seq createdAt } } } }`

function onceOf({ url, tokens, channelIds }: Order): (worker: number) => Promise<unknown> {
  if (channelIds.length === 0) return (worker) => post(url, tokens[worker]!, whoAmI, {})
  return (worker) => {
    const channelId = channelIds[Math.floor(Math.random() * channelIds.length)]!
    return post(url, tokens[worker]!, say, { input: { channelId, text, clientId: randomUUID() } })
  }
}

process.on('message', (order: Order) => {
  void drive(onceOf(order), { workers: order.tokens.length, seconds: order.seconds }).then((run: Run) => process.send!(run))
})
process.on('disconnect', () => process.exit())

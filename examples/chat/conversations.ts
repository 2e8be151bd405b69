import { type Event, follow, openSocket } from '../graphql-ws/follow.ts'
import { ask } from '../sign-in.ts'

// What there is to talk in, and what happens there. What the terminal makes of it is in main.ts.

export type Message = {
  id: string
  seq: number
  version: number
  text: string | null
  sender: { handle: string } | null
  editedAt: string | null
}
export type Channel = {
  id: string
  kind: string
  name: string | null
  peer: { displayName: string } | null
  membership: { unread: { messages: number } } | null
}
export type Happening = Event & {
  channelId: string
  message?: Message
  receipts?: { user: { handle: string }; readSeq: number | null }[]
  user?: { handle: string }
  typing?: boolean
}

const message = 'id seq version text sender { handle } editedAt'
const happenings = `
  ... on MessageAdded { channelId message { ${message} } }
  ... on MessageChanged { channelId message { ${message} } }
  ... on ReceiptUpdated { channelId receipts { user { handle } readSeq } }
  ... on TypingChanged { channelId user { handle } typing }`

const listing = `query Listing {
  viewer { cursor channels(first: 20) { edges { node { id kind name peer { displayName } membership { unread { messages } } } } } }
}`
const newest = `query Newest($id: ID!) { channel(id: $id) { messages(last: 10) { edges { node { ${message} } } } } }`
const sending = `mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { __typename ... on Error { reason } } }`
const reading = `mutation Read($input: MarkReadInput!) { markRead(input: $input) { __typename } }`
const typing = `mutation Typing($input: SetTypingInput!) { setTyping(input: $input) { __typename } }`
const joining = `mutation Join($input: JoinChannelInput!) { joinChannel(input: $input) { __typename } }`
const publicly = `query Public { publicChannels(first: 20) { edges { node { id } } } }`

type Edges<Node> = { edges: { node: Node }[] }

/** The conversations of whoever the token is. */
export function openConversations(token: string) {
  const run = <Data>(query: string, variables: object = {}) => ask<Data>(query, variables, token)

  async function list(): Promise<{ cursor: string; channels: Channel[] }> {
    const { viewer } = await run<{ viewer: { cursor: string; channels: Edges<Channel> } }>(listing)
    return { cursor: viewer.cursor, channels: viewer.channels.edges.map(({ node }) => node) }
  }

  return {
    list,

    /** Somebody new is in no channel: they join what is open to everyone. */
    async joinPublic(): Promise<void> {
      const { publicChannels } = await run<{ publicChannels: Edges<{ id: string }> }>(publicly)
      for (const { node } of publicChannels.edges) await run(joining, { input: { channelId: node.id } })
    },

    async newest(id: string): Promise<Message[]> {
      const { channel } = await run<{ channel: { messages: Edges<Message> } }>(newest, { id })
      return channel.messages.edges.map(({ node }) => node)
    },

    /** Why it was refused, or null. Throws where nobody answers: trying again with the same key is right. */
    async send(channelId: string, text: string, clientId: string): Promise<string | null> {
      const { sendMessage } = await run<{ sendMessage: { reason?: string } }>(sending, { input: { channelId, text, clientId } })
      return sendMessage.reason ?? null
    },

    markRead: (channelId: string, seq: number) => run(reading, { input: { channelId, seq } }),
    setTyping: (channelId: string, isTyping: boolean) => run(typing, { input: { channelId, typing: isTyping } }),

    happenings: (after: string, cut: () => void) => follow<Happening>(openSocket(token), happenings, after, cut),
  }
}

import { createHash } from 'node:crypto'
import { type Event, follow, openSocket } from '../graphql-ws/follow.ts'
import { ask, signIn } from '../sign-in.ts'

// alan answers whoever mentions him: once, however often he is restarted, because the answer's key is made of what it answers.

type Said = { id: string; text: string; sender: { handle: string } | null; mentions: { handle: string }[] }
type Inbox = Event & { channelId: string; message?: Said }

const said = '... on MessageAdded { channelId message { id text sender { handle } mentions { handle } } }'
const answering = `mutation Answer($input: SendMessageInput!) { sendMessage(input: $input) { ... on Error { reason } } }`

const keyOf = (id: string) =>
  createHash('md5')
    .update(id)
    .digest('hex')
    .replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

const token = await signIn('alan')
const { viewer } = await ask<{ viewer: { cursor: string } }>('{ viewer { cursor } }', {}, token)
console.log('alan listens')

for await (const { channelId, message } of follow<Inbox>(openSocket(token), said, viewer.cursor)) {
  if (!message?.sender || message.sender.handle === 'alan' || !message.mentions.some(({ handle }) => handle === 'alan')) continue
  const text = `@${message.sender.handle}, you said ${message.text.length} characters. Can machines count?`
  await ask(answering, { input: { channelId, text, replyToId: message.id, clientId: keyOf(message.id) } }, token)
  console.log(`answered ${message.sender.handle}`)
}

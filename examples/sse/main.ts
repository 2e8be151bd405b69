import { setTimeout as pause } from 'node:timers/promises'
import { server, signIn } from '../sign-in.ts'

// The inbox as server-sent events, with nothing but fetch: where no WebSocket gets through, or none is wanted.

type Event = { __typename: string; cursor: string; message?: { id: string; seq: number; text: string; sender: { handle: string } | null } }

const query = `subscription Inbox($after: StreamCursor) {
  inboxEvents(after: $after, ephemeral: false) {
    __typename cursor ... on MessageAdded { message { id seq text sender { handle } } }
  }
}`

/** One connection's worth of events. It ends when the connection does. */
async function* events(token: string, after: string | null): AsyncGenerator<Event> {
  const response = await fetch(`${server}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables: { after } }),
  })
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split('\n\n')
    text = parts.pop()!
    for (const part of parts) {
      // A line that begins with a colon is a sign of life.
      const [, data] = /^event: next\ndata: (.*)$/m.exec(part) ?? []
      if (!data) continue
      const { data: payload, errors } = JSON.parse(data) as { data?: { inboxEvents: Event }; errors?: { extensions: { code: string } }[] }
      if (errors?.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED')) throw new SignedOut()
      if (payload) yield payload.inboxEvents
    }
  }
}

class SignedOut extends Error {}

const token = await signIn()
let after: string | null = null
// What happened in the last second before a cut may come again.
const shown = new Set<string>()
for (;;) {
  try {
    for await (const event of events(token, after)) {
      after = event.cursor
      if (event.message && !shown.has(event.message.id)) {
        shown.add(event.message.id)
        console.log(`${event.message.seq} ${event.message.sender?.handle}: ${event.message.text}`)
      }
      if (event.__typename === 'StreamReady') console.log('ready')
    }
  } catch (error) {
    if (error instanceof SignedOut) throw error
  }
  await pause(Math.random() * 1_000)
}

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { examples } from '../../src/graphql/examples.ts'
import { createClient } from '../support/client.ts'
import { connect } from '../support/socket.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => void (world = await createWorld({ env: { DEMO: 'true' } })))
afterAll(() => world.stop())

type Answers = Record<string, Record<string, unknown>>

test('one after another, as a newcomer runs them, they show what they say', async () => {
  const browser = createClient(world.url, { origin: world.url })
  const answers: Answers = {}
  const heard: Record<string, () => Promise<unknown>> = {}
  let channelId = 'none yet'
  for (const example of examples) {
    const query = example.query.replace('CHANNEL_ID', channelId)
    const [, kind, name] = /^(query|mutation|subscription) (\w+)/m.exec(query)!
    if (kind === 'subscription') heard[name!] = await listen(browser, query)
    else {
      const { data, errors } = await browser.send(query)
      if (errors) throw new Error(`${name} ended in ${JSON.stringify(errors)}`)
      answers[name!] = data!
      channelId = /"id":"([^"]+)","kind"/.exec(JSON.stringify(data))?.[1] ?? channelId
    }
  }
  const { SignUp, SignIn, WhoAmI, Snapshot, Say, Sessions, Directory } = answers
  expect(SignUp).toMatchObject({ signUp: { viewer: { user: { handle: 'newcomer' } } } })
  expect(SignIn).toMatchObject({ signIn: { token: expect.any(String) } })
  expect(WhoAmI).toMatchObject({ viewer: { user: { handle: 'ada' } } })
  expect(Snapshot).toMatchObject({ viewer: { cursor: expect.any(String) } })
  expect(Say).toMatchObject({ sendMessage: { replayed: false, message: { seq: expect.any(Number) } } })
  expect(Sessions).toMatchObject({ viewer: { sessions: [{ current: true }] } })
  expect(Directory).toMatchObject({ users: { edges: [{ node: { handle: 'ada' } }, { node: { handle: 'alan' } }] } })

  // The channel from its start: the first of it is older than what was said just now.
  expect(await heard.Listen!()).toMatchObject({ data: { messageAdded: { message: { seq: 1 } } } })
  expect(await messageIn(heard.Listen!, 'Hello from GraphiQL!')).toMatchObject({ sender: { handle: 'ada' } })
  expect(await heard.Inbox!()).toMatchObject({ data: { inboxEvents: { __typename: 'StreamReady' } } })
  const again = examples.find(({ query }) => query.includes('mutation Say'))!.query
  const said = await browser.send(again.replace('CHANNEL_ID', channelId).replace(/clientId: "[^"]+"/, `clientId: "${randomUUID()}"`))
  expect(said.data).toMatchObject({ sendMessage: { replayed: false } })
  expect(await messageIn(heard.Inbox!, 'Hello from GraphiQL!')).toMatchObject({ sender: { handle: 'ada' } })
})

test('what is explained fits into the editor', () => {
  const lines = examples.flatMap(({ query }) => query.split('\n')).filter((line) => line.startsWith('#'))
  expect(lines.filter((line) => line.length > 60)).toEqual([])
})

/** As GraphiQL does: over a WebSocket that is signed in by the cookie. Returns when the first event is there: it is live from then on. */
async function listen(browser: ReturnType<typeof createClient>, query: string): Promise<() => Promise<unknown>> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const socket = await (await connect(world.url, { origin: world.url, cookie })).init()
  const id = socket.start(query)
  const arrived = [await socket.nextOf(id)]
  return async () => (arrived.shift() ?? (await socket.nextOf(id))).payload
}

type Event = { message?: { text: string } }

/** The first message with this text; other events come between. */
async function messageIn(next: () => Promise<unknown>, text: string): Promise<unknown> {
  for (;;) {
    const { data } = (await next()) as { data: { inboxEvents?: Event; messageAdded?: Event } }
    const { message } = data.inboxEvents ?? data.messageAdded ?? {}
    if (message?.text === text) return message
  }
}

import { type Channel, createParley, Unreachable, unwrap } from '../../src/sdk/index.ts'
import { openScreen } from './screen.ts'
import { createView } from './view.ts'

// A chat in a terminal: `npm run demo:chat -- ada`, and in another pane `npm run demo:chat -- grace`. What is difficult about it the SDK
// does: it follows the server over cuts and restarts, and what is said meanwhile waits and is never said twice.
// (Outside this checkout it is imported as 'parley/sdk'.)

const url = process.env.PARLEY_URL ?? 'http://localhost:4000'
const [who = 'ada', wanted = ''] = process.argv.slice(2)

function giveUp(line: string): never {
  console.error(line)
  process.exit(1)
}

const { token } = await unwrap(createParley({ url }).signIn({ login: who, password: process.env.PARLEY_PASSWORD ?? 'parley-demo' })).catch(
  (error: Error) =>
    giveUp(
      error instanceof Unreachable
        ? `No Parley answers at ${url}. Start one in another terminal: npm start`
        : `${who} can't sign in: ${error.message} The demo people are ada, grace, linus, margaret and alan.`,
    ),
)
const parley = createParley({ url, token, retry: { firstMs: 300 } })
const inbox = parley.inbox()
await inbox.ready

// Somebody new is in no channel yet: they join what is open to everyone.
if (inbox.getSnapshot().order.length === 0)
  for (const { node } of (await parley.publicChannels({ first: 20 })).edges) await unwrap(parley.joinChannel({ channelId: node.id }))
const isThere = () => inbox.getSnapshot().order.length > 0
await new Promise<void>((resolve) => {
  const stop = inbox.subscribe(() => isThere() && resolve(stop()))
  if (isThere()) resolve(stop())
})

const screen = openScreen()
const view = createView(inbox.getSnapshot, screen)
const channels = (): Channel[] => inbox.getSnapshot().order.map((id) => inbox.getSnapshot().channels[id]!)

async function open(channel: Channel): Promise<void> {
  await inbox.open(channel.id)
  view.open(channel.id)
  await inbox.markRead(channel.id)
}

screen.onLine((line) => {
  const number = Number(/^\/(\d+)$/.exec(line)?.[1] ?? 0)
  if (line === '/quit') screen.close()
  else if (line === '/list') view.list()
  else if (number) void (channels()[number - 1] ? open(channels()[number - 1]!).catch(() => {}) : view.list())
  else if (line.startsWith('/')) screen.print('  /list shows the channels, /1 opens the first, /quit leaves')
  else if (line !== '') inbox.send(view.here(), line)
})
screen.onKey(() => inbox.typing(view.here()))
// What waits is sent before it ends.
screen.onEnd(() => {
  const waits = () => channels().some(({ pending }) => pending.some(({ status }) => status === 'sending'))
  const end = () => waits() || process.exit(0)
  inbox.subscribe(end)
  end()
})

view.list()
await open(channels().find((channel) => wanted && view.nameOf(channel).toLowerCase().startsWith(wanted.toLowerCase())) ?? channels()[0]!)
inbox.subscribe(() => {
  view.update()
  const { unread } = inbox.getSnapshot().channels[view.here()] ?? {}
  if (unread?.messages) void inbox.markRead(view.here()).catch(() => {})
})

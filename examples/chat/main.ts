import { NobodyAnswers, signIn } from '../sign-in.ts'
import { type Channel, type Happening, type Message, openConversations } from './conversations.ts'
import { createOutbox } from './outbox.ts'
import { openScreen } from './screen.ts'

// A chat in a terminal: `npm run demo:chat -- ada`, and in another pane `npm run demo:chat -- grace`.

const [who = 'ada', wanted] = process.argv.slice(2)

function giveUp(line: string): never {
  console.error(line)
  process.exit(1)
}

const token = await signIn(who, process.env.PARLEY_PASSWORD ?? 'parley-demo').catch((error: Error) =>
  giveUp(
    error instanceof NobodyAnswers
      ? error.message
      : `${who} can't sign in: ${error.message} The demo people are ada, grace, linus, margaret and alan.`,
  ),
)
const talk = openConversations(token)
const screen = openScreen()

const nameOf = ({ name, peer }: Channel) => name ?? peer?.displayName ?? 'Notes'

let listed = await talk.list()
if (listed.channels.length === 0) {
  await talk.joinPublic()
  listed = await talk.list()
}
let { channels } = listed
let here = channels.find((channel) => wanted && nameOf(channel).toLowerCase().startsWith(wanted.toLowerCase())) ?? channels[0]
if (!here) giveUp('There is no channel to talk in yet.')

/** The version of each message that was shown: what comes again is not shown again. */
const shown = new Map<string, number>()
/** One's own newest message, and who has read it. */
let own = { seq: 0, readers: new Set<string>() }

function show(channel: Channel, message: Message): void {
  const before = shown.get(message.id)
  if (message.version <= (before ?? 0)) return
  shown.set(message.id, message.version)
  const from = message.sender?.handle ?? 'someone'
  // A reaction is a change, too, and nothing to be said again.
  if (before && !message.editedAt && message.text !== null) return
  const text = message.text === null ? 'took it back' : `${message.text}${message.editedAt ? ' (edited)' : ''}`
  if (channel.id !== here!.id) return screen.print(`  [${nameOf(channel)}] ${from}: ${text}`)
  screen.print(`${from}: ${text}`)
  if (from === who) own = { seq: message.seq, readers: new Set() }
  else void talk.markRead(channel.id, message.seq).catch(() => {})
}

async function open(channel: Channel): Promise<void> {
  here = channel
  shown.clear()
  screen.print(`— ${nameOf(channel)} — (/list shows the others, /1 opens the first, /quit leaves)`)
  for (const message of await talk.newest(channel.id)) show(channel, message)
}

function list(): void {
  channels.forEach((channel, index) => {
    const unread = channel.membership?.unread.messages ?? 0
    screen.print(`/${index + 1} ${nameOf(channel)}${unread ? ` (${unread} unread)` : ''}`)
  })
}

const outbox = createOutbox(
  ({ channelId, text, clientId }) => talk.send(channelId, text, clientId),
  (text, reason) => screen.print(`  «${text}» was not sent: ${reason}`),
)

screen.onLine((line) => {
  const [, number] = /^\/(\d+)$/.exec(line) ?? []
  if (line === '') return
  if (line === '/quit') process.exit(0)
  if (line === '/list') return void refresh().then(list, () => {})
  if (number) return void (channels[Number(number) - 1] ? open(channels[Number(number) - 1]!).catch(() => {}) : list())
  outbox.add(here!.id, line)
})
screen.onEnd(() => void outbox.emptied().then(() => process.exit(0)))

let typedAt = 0
screen.onKey(() => {
  if (Date.now() - typedAt < 3_000) return
  typedAt = Date.now()
  void talk.setTyping(here!.id, true).catch(() => {})
})

async function refresh(): Promise<void> {
  ;({ channels } = await talk.list())
}

async function heard({ __typename, channelId, message, receipts, user, typing }: Happening): Promise<void> {
  if (__typename === 'ResyncRequired') return open(here!)
  if (message) {
    if (!channels.some(({ id }) => id === channelId)) await refresh()
    const channel = channels.find(({ id }) => id === channelId)
    if (channel) show(channel, message)
  }
  if (channelId !== here!.id) return
  if (user) screen.hint(typing ? `${user.handle} is typing` : '')
  for (const { user, readSeq } of receipts ?? []) {
    if (user.handle === who || own.seq === 0 || (readSeq ?? 0) < own.seq || own.readers.has(user.handle)) continue
    own.readers.add(user.handle)
    screen.print(`  ${user.handle} has read it`)
  }
}

list()
await open(here)
let away = false
const cut = () => {
  if (!away) screen.print('  (the server is away; what you say waits)')
  away = true
}
for await (const happening of talk.happenings(listed.cursor, cut)) {
  if (happening.__typename === 'StreamReady' && away) screen.print('  (back)')
  if (happening.__typename === 'StreamReady') away = false
  await heard(happening).catch(() => {})
}

import { ask, signIn } from '../sign-in.ts'
import { type Event, follow, openSocket } from './follow.ts'

// What is said to ada, line by line. A cut, a restarted server, an hour of sleep: nothing is missed, nothing shown twice.

type Message = {
  id: string
  version: number
  seq: number
  text: string | null
  sender: { handle: string } | null
  channel: { name: string | null }
}
type Inbox = Event & { message?: Message; reason?: string }

const message = 'id version seq text sender { handle } channel { name }'
const selection = `... on MessageAdded { message { ${message} } } ... on MessageChanged { message { ${message} } } ... on ResyncRequired { reason }`
const snapshot = `query Snapshot { viewer { cursor channels(first: 20) { edges { node { messages(last: 5) { edges { node { ${message} } } } } } } } }`

type Edges<Node> = { edges: { node: Node }[] }
type Snapshot = { viewer: { cursor: string; channels: Edges<{ messages: Edges<Message> }> } }

/** The highest version of each message that was shown: of two, it is the truth. */
const shown = new Map<string, number>()

function show({ id, version, seq, text, sender, channel }: Message): void {
  if (version <= (shown.get(id) ?? 0)) return
  const again = shown.has(id) ? ' (changed)' : ''
  shown.set(id, version)
  console.log(`${channel.name ?? 'direct'} ${seq}${again} ${sender?.handle ?? 'someone'}: ${text ?? '—'}`)
}

const token = await signIn()
const read = async () => {
  const { viewer } = await ask<Snapshot>(snapshot, {}, token)
  for (const { node } of viewer.channels.edges) for (const edge of node.messages.edges) show(edge.node)
  return viewer.cursor
}

for await (const event of follow<Inbox>(openSocket(token), selection, await read())) {
  if (event.message) show(event.message)
  if (event.__typename === 'StreamReady') console.log('ready')
  // The gap was too large to be told event by event. The stream goes on by itself; what is shown is read anew.
  if (event.__typename === 'ResyncRequired') await read()
}

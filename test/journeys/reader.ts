import { setTimeout as delay } from 'node:timers/promises'
import type { History, ReaderKind } from './history.ts'
import type { Node } from './node.ts'
import type { Random } from './random.ts'
import type { Channel, Person } from './sender.ts'
import { type Answer, ask, type Subscription, subscribe } from './wire.ts'

type Needs = {
  name: string
  kind: ReaderKind
  person: Person
  /** One for `channel`, all of the person's for `inbox`. */
  channels: readonly Channel[]
  /** The node to connect to next. */
  node: () => Node
  random: Random
  history: History
  /** Goes away by itself again and again, after up to so many milliseconds. */
  leavesMs?: number
  /** So many copies of each text: to be slow soon. */
  copies?: number
}

type Message = { seq: number; version: number; text: string }
type Event = { __typename: string; cursor: string; channelId: string; message: Message; reason: string }

const message = (copies: number) =>
  `message { seq version text ${Array.from({ length: copies - 1 }, (_, copy) => `copy${copy}: text`).join(' ')} }`

const channelQuery = (copies: number) =>
  `subscription ($id: ID!, $after: Int) { event: messageAdded(channelId: $id, afterSeq: $after) { __typename cursor channelId ${message(copies)} } }`

const inboxQuery = (copies: number) => `subscription ($after: StreamCursor) { event: inboxEvents(after: $after, ephemeral: false) {
  __typename cursor ... on MessageAdded { channelId ${message(copies)} } ... on MessageChanged { channelId ${message(1)} }
  ... on AccessRevoked { channelId } ... on ResyncRequired { reason } } }`

const closedTo = new Set(['FORBIDDEN', 'NOT_FOUND'])

/** Where a person's inbox is to be read from: it has seen all before. */
export async function cursorOf(person: Person, { url }: Node): Promise<string> {
  const { data } = await ask<{ viewer: { cursor: string } }>(url, person.token, '{ viewer { cursor } }', {})
  return data!.viewer.cursor
}

/** Listens until stopped: whenever it is cut off it connects again, to whichever node, and goes on from where it was. */
export async function startReader({ name, kind, person, channels, node, random, history, leavesMs, copies = 1 }: Needs) {
  const names = new Map(channels.map((channel) => [channel.id, channel.name]))
  const [only] = channels
  let seq = 0
  let cursor = kind === 'inbox' ? await cursorOf(person, node()) : ''
  let session = 0
  let stopped = false
  let paused = false
  let current: Subscription | undefined
  history.add({
    type: 'reader',
    reader: name,
    kind,
    person: person.handle,
    after: Object.fromEntries(names.values().map((one) => [one, 0])),
  })

  const tell = (id: string, how: string) => {
    const channel = names.get(id)!
    history.add({ type: 'told', reader: name, channel, how })
    if (kind === 'channel') stopped = true
  }

  function hear({ data, errors }: Answer<{ event: Event }>): void {
    for (const { extensions } of errors ?? []) {
      const code = extensions?.code ?? 'none'
      if (closedTo.has(code) && only && kind === 'channel') tell(only.id, code)
      else history.add({ type: 'broken', reader: name, session, why: code })
    }
    const event = data?.event
    if (!event) return
    const { __typename: type, channelId } = event
    if (type === 'ResyncRequired') return history.add({ type: 'resync', reader: name, reason: event.reason })
    cursor = event.cursor
    if (type === 'AccessRevoked') return tell(channelId, type)
    if (type !== 'MessageAdded' && type !== 'MessageChanged') return
    const { message } = event
    const what = type === 'MessageAdded' ? 'added' : 'changed'
    seq = Math.max(seq, message.seq)
    const { version, text } = message
    history.add({ type: 'got', reader: name, session, event: what, channel: names.get(channelId)!, seq: message.seq, version, text })
  }

  async function listen(): Promise<void> {
    const { name: where, url } = node()
    session++
    history.add({ type: 'opened', reader: name, session, node: where })
    const own = session
    const operation =
      kind === 'channel'
        ? { query: channelQuery(copies), variables: { id: only!.id, after: seq } }
        : { query: inboxQuery(copies), variables: { after: cursor } }
    // What comes late on an old connection is not heard: a client that has gone on would drop it, too.
    current = subscribe<{ event: Event }>(url, person.token, operation, (answer) => own === session && hear(answer))
    if (paused) current.pause()
    const leave = leavesMs ? setTimeout(() => current!.cut(), random.between(leavesMs / 5, leavesMs)) : undefined
    const why = await current.over
    clearTimeout(leave)
    if (!stopped) history.add({ type: 'broken', reader: name, session, why })
  }

  const over = (async () => {
    while (!stopped) {
      await listen()
      if (!stopped) await delay(random.between(10, 200))
    }
  })()

  return {
    name,
    /** Stops reading its socket, which stays open. */
    pause() {
      paused = true
      current?.pause()
    },
    resume() {
      paused = false
      current?.resume()
    },
    sessions: () => session,
    async stop(): Promise<void> {
      stopped = true
      current?.cut()
      await over
    },
  }
}

export type Reader = Awaited<ReturnType<typeof startReader>>

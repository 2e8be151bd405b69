import type { Channel, InboxSnapshot, Message } from '../../src/sdk/index.ts'
import type { Screen } from './screen.ts'

/** What is new since the snapshot before, as lines. One channel is looked at; of the others it says what is said there. */
export function createView(snapshot: () => InboxSnapshot, screen: Screen) {
  /** The version of each message that was shown. */
  const shown = new Map<string, number>()
  let here = ''
  let away = false
  /** One's own newest message, and who has read it. */
  let own = { seq: 0, readers: new Set<string>() }

  const handleOf = (id: string | null) => (id && snapshot().users[id]?.handle) || 'someone'
  const nameOf = ({ name, peerId }: Channel) => name ?? (peerId ? (snapshot().users[peerId]?.displayName ?? 'Someone') : 'Notes')

  function show(channel: Channel, message: Message): void {
    const before = shown.get(message.id)
    shown.set(message.id, message.version)
    if (before === message.version) return
    // A reaction is a change, too, and nothing to be said again.
    if (before && !message.editedAt && message.text !== null) return
    const text = message.text === null ? 'took it back' : `${message.text}${message.editedAt ? ' (edited)' : ''}`
    if (channel.id !== here) return screen.print(`  [${nameOf(channel)}] ${handleOf(message.senderId)}: ${text}`)
    screen.print(message.kind === 'SYSTEM' ? `  ${text}` : `${handleOf(message.senderId)}: ${text}`)
    if (message.senderId === snapshot().viewer?.userId) own = { seq: message.seq, readers: new Set() }
  }

  function showReaders({ receipts }: Channel): void {
    for (const { userId, readSeq } of Object.values(receipts)) {
      if (userId === snapshot().viewer?.userId || own.seq === 0 || (readSeq ?? 0) < own.seq || own.readers.has(userId)) continue
      own.readers.add(userId)
      screen.print(`  ${handleOf(userId)} has read it`)
    }
  }

  function update(): void {
    const { channels, order, status } = snapshot()
    if (status.phase === 'ended') screen.close()
    if (status.phase === 'offline' && !away) screen.print('  (the server is away; what you say waits)')
    if (status.phase === 'live' && away) screen.print('  (back)')
    if (status.phase !== 'connecting') away = status.phase === 'offline'
    for (const id of order) for (const message of channels[id]!.messages) show(channels[id]!, message)
    const channel = channels[here]
    if (!channel) return
    for (const { status, clientId, text, failure } of channel.pending)
      if (status === 'failed' && !shown.has(clientId)) {
        shown.set(clientId, 1)
        screen.print(`  «${text}» was not sent: ${failure?.reason}`)
      }
    showReaders(channel)
    screen.hint(channel.typing.length > 0 ? `${channel.typing.map(handleOf).join(', ')} typing` : '')
  }

  return {
    here: () => here,
    nameOf,
    update,

    list(): void {
      const { channels, order } = snapshot()
      order.forEach((id, index) => {
        const { unread } = channels[id]!
        screen.print(`/${index + 1} ${nameOf(channels[id]!)}${unread.messages ? ` (${unread.messages} unread)` : ''}`)
      })
    },

    open(channelId: string): void {
      const { channels } = snapshot()
      here = channelId
      // What was said elsewhere before is not news.
      for (const { messages } of Object.values(channels)) for (const { id, version } of messages) shown.set(id, version)
      for (const { id } of channels[channelId]!.messages) shown.delete(id)
      screen.print(`— ${nameOf(channels[channelId]!)} — (/list shows the others, /1 opens the first, /quit leaves)`)
      for (const message of channels[channelId]!.messages) show(channels[channelId]!, message)
      // Who has read what was said before is not news, either.
      own = { seq: 0, readers: new Set() }
    },
  }
}

import { channelOf, channelTopic, isChannelTopic } from '../kernel/topics.ts'
import type { Feed, Happening, Head, Seat } from '../ports/feed.ts'
import type { Hub } from './hub.ts'
import type { Seat as Joined } from './seats.ts'
import type { Sink } from './sink.ts'
import type { Topic } from './topic.ts'
import type { Waiting } from './waiting.ts'

export type Told = { answer: string; happening: Happening }

/** A channel of the inbox. `from` is null until it is known what may be seen there; what comes while it is caught up with waits. */
export type Channel = {
  topic: Topic | null
  seat: Joined | null
  from: number | null
  fence: number
  newest: number
  waiting: Waiting<Told> | null
}

type Needs = {
  hub: Hub
  feed: Pick<Feed, 'topic'>
  userId: string
  sink: () => Sink
  isStopped: () => boolean
  /** Said to whoever is shut out of a channel, by its topic. */
  sayRevoked: (name: string, version: number) => Promise<void>
}

const opensAtOnce = 50

/** The channels that an inbox listens to, by their topics. */
export function createInboxChannels({ hub, feed, userId, sink, isStopped, sayRevoked }: Needs) {
  const channels = new Map<string, Channel>()
  /** Which version of their membership took them out of a channel. */
  let gone: Map<string, number> | null = null

  const wasLeft = (name: string, version: number): boolean => (gone?.get(name) ?? -1) >= version

  function add(name: string, channel: Partial<Channel>): Channel {
    const added: Channel = { topic: null, seat: null, from: null, fence: -1, newest: 0, waiting: null, ...channel }
    channels.set(name, added)
    return added
  }

  function drop(name: string, channel: Channel): void {
    if (channels.get(name) === channel) channels.delete(name)
    if (channel.topic) hub.leave(channel.topic, sink())
    channel.topic = null
  }

  /** Opens a channel's topic; false where that was overtaken by leaving it. Whoever goes from here on is evicted. */
  async function open(
    name: string,
    channel: Channel,
    { from, version, fence }: Pick<Seat, 'from' | 'version' | 'fence'>,
  ): Promise<boolean> {
    const topic = await hub.hold(name)
    if (!topic || isStopped() || channels.get(name) !== channel) {
      if (topic) hub.letGo(topic)
      else drop(name, channel)
      return false
    }
    channel.topic = topic
    channel.seat = topic.join(sink(), from, fence, version)
    if (!wasLeft(name, version)) return true
    drop(name, channel)
    await sayRevoked(name, gone!.get(name)!)
    return false
  }

  /** Closed to this person. False where it wasn't open. */
  function leave(name: string, version: number): boolean {
    gone ??= new Map<string, number>()
    gone.set(name, version)
    const channel = channels.get(name)
    if (channel) drop(name, channel)
    return channel !== undefined
  }

  return {
    add,
    drop,
    open,
    leave,
    wasLeft,
    get: (name: string) => channels.get(name),
    has: (name: string) => channels.has(name),
    all: () => channels.values(),
    ids: () => [...channels.keys()].map(channelOf),

    maySee({ topic, seq }: Head): boolean {
      if (!isChannelTopic(topic)) return true
      const from = channels.get(topic)?.from
      return from != null && (seq === undefined || seq >= from)
    },

    movedTo(channelId: string, from: number): void {
      const channel = channels.get(channelTopic(channelId))
      if (channel && channel.from !== null) channel.from = from
    },

    /** False where all are open already. */
    async openAll(seats: readonly Seat[]): Promise<boolean> {
      const unopened = seats.filter(({ channelId }) => !channels.has(channelTopic(channelId)))
      const opening = unopened.map((seat) => {
        const name = channelTopic(seat.channelId)
        const channel = add(name, { from: seat.from, fence: seat.fence })
        return () => open(name, channel, seat)
      })
      for (let at = 0; at < opening.length && !isStopped(); at += opensAtOnce)
        await Promise.all(opening.slice(at, at + opensAtOnce).map((start) => start()))
      return opening.length > 0
    },

    /** What was changed after they left is not for them, even where their leaving is heard late, or never: `left` is told of it. */
    async keepFences(happenings: readonly Happening[], left: (name: string, version: number) => void): Promise<void> {
      for (const { topic: name, fence = -1 } of happenings) {
        const channel = channels.get(name)
        if (!channel || channel.from === null || fence <= channel.fence) continue
        const state = await feed.topic(name, [userId])
        const stand = state?.people.get(userId)
        if (channels.get(name) !== channel) continue
        if (!state || state.isGone || !stand?.isThere) left(name, stand?.version ?? channel.seat?.version ?? 0)
        else Object.assign(channel, { from: stand.from, fence: state.fence })
      }
    },

    close(): void {
      for (const [name, channel] of [...channels]) drop(name, channel)
    },
  }
}

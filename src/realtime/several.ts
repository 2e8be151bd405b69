import type { Happening } from '../ports/feed.ts'
import type { Hub } from './hub.ts'
import type { Sink } from './sink.ts'
import type { Listener, Out } from './streams.ts'
import type { Topic } from './topic.ts'

export type Several = {
  topics: readonly string[]
  /** What is told before anything else: how things are, read once everything that changes is heard. */
  first: () => Promise<Happening[]>
  /** Whether it is news to this listener, `first` included; asked in the order of telling. */
  isNews: (happening: Happening) => boolean
  /** Whether the listener may have it still. Asked again with everything that is told. */
  may: (happening: Happening) => Promise<boolean>
}

const opensAtOnce = 50

/** What is ephemeral on several topics, beginning with how it is now. */
export async function openSeveral(hub: Hub, listener: Listener, { topics, first, isNews, may }: Several, out: Out): Promise<() => void> {
  const held: Topic[] = []
  let stopped = false
  /** One after the other, and after what is told first. */
  let order: Promise<void>

  const sink: Sink = {
    ...listener,
    selection: out.selection,
    wants: () => true,
    take(answer, happening) {
      order = order
        .then(async () => {
          if (!stopped && isNews(happening) && (await may(happening)) && !stopped) out.take(answer)
        })
        .catch((error: unknown) => out.end(error))
    },
    evicted: () => {},
    lost: () => {},
  }
  const stop = () => {
    stopped = true
    for (const topic of held) hub.leave(topic, sink)
  }

  const begin = Promise.withResolvers<void>()
  order = begin.promise
  try {
    for (let at = 0; at < topics.length; at += opensAtOnce) {
      const opened = await Promise.all(topics.slice(at, at + opensAtOnce).map((topic) => hub.hold(topic)))
      for (const one of opened) {
        if (!one) continue
        held.push(one)
        one.join(sink, 1)
      }
    }
    for (const happening of await first())
      if (isNews(happening)) out.take(await out.answer(out.selection, happening, { kind: 'person', viewer: listener.viewer }))
  } catch (error) {
    stop()
    throw error
  }
  begin.resolve()
  return stop
}

import { channelOf, isChannelTopic, isPersonTopic, personOf } from '../kernel/topics.ts'
import type { Bus } from '../ports/bus.ts'
import type { Feed, Happening, Head, Scope } from '../ports/feed.ts'
import type { Log } from '../ports/log.ts'
import type { Answer, Sink } from './sink.ts'
import { createTopic, type Topic } from './topic.ts'

type Needs = {
  bus: Bus
  feed: Feed
  /** What a payload of the bus says. */
  read: (topic: string, payload: unknown) => Happening[]
  answer: Answer
  log: Log
  graceMs?: number
}

type Open = { topic: Topic; heard: Promise<() => void>; held: number; closing: NodeJS.Timeout | null }

/**
 * The sinks of this node, by topic. The first interest in a topic subscribes it on the bus and waits until it is heard; the last
 * one's leaving unsubscribes it after a grace of a second.
 */
export function createHub({ bus, feed, read, answer, log, graceMs = 1_000 }: Needs) {
  const topics = new Map<string, Open>()
  const busy = new Set<Promise<unknown>>()

  function openTopic(name: string): Open {
    const topic = createTopic({
      name,
      feed,
      answer,
      failed: (error) => log.warn('Something that happened could not be told at once. The next sweep brings it.', { topic: name, error }),
    })
    const heard = bus.subscribe(name, (payload) => {
      for (const happening of read(name, payload)) topic.happened(happening)
    })
    const opened: Open = { topic, heard, held: 0, closing: null }
    topics.set(name, opened)
    return opened
  }

  function close(name: string, { heard }: Open): void {
    topics.delete(name)
    void heard.then((end) => end())
  }

  function letGo({ name }: Pick<Topic, 'name'>): void {
    const open = topics.get(name)
    if (!open || --open.held > 0) return
    open.closing = setTimeout(() => close(name, open), graceMs)
    open.closing.unref()
  }

  return {
    /** The topic, heard from now on and at a known place, and open until it is left; null where it doesn't exist. */
    async hold(name: string): Promise<Topic | null> {
      const open = topics.get(name) ?? openTopic(name)
      if (open.closing) clearTimeout(open.closing)
      open.closing = null
      open.held++
      try {
        await open.heard
        if (await open.topic.open()) return open.topic
      } catch (error) {
        letGo({ name })
        throw error
      }
      letGo({ name })
      return null
    },

    /** Once for each time that it was held. */
    letGo,

    /** The same, of a sink that may have joined it. */
    leave(topic: Topic, sink: Sink): void {
      topic.leave(sink)
      letGo(topic)
    },

    /** What this node listens to, in the terms of the feed. */
    scope(): Scope {
      const names = [...topics.keys()]
      return { channels: names.filter(isChannelTopic).map(channelOf), people: names.filter(isPersonTopic).map(personOf) }
    },

    isTold: (head: Head): boolean => topics.get(head.topic)?.topic.isTold(head) ?? true,

    /** From the sweep: what the bus didn't bring. */
    happened: (happening: Happening): void => topics.get(happening.topic)?.topic.happened(happening),

    /** What has to be done before all that had happened until now counts as told. */
    meanwhile(work: Promise<unknown>): void {
      const done = work.catch(() => {})
      busy.add(done)
      void done.finally(() => busy.delete(done))
    },

    /** Once all that had happened until now is told, everywhere here. Rejects where something could not be: it has to be told again. */
    async settled(): Promise<void> {
      const told = await Promise.all([...topics.values()].map(({ topic }) => topic.settled()))
      await Promise.all([...busy])
      if (told.includes(false)) throw new Error('Something that happened could not be told.')
    },

    /** More happened than could be told: whoever listens is to know. */
    lost(): void {
      for (const { topic } of topics.values()) topic.lost()
    },

    /** The database goes on from an earlier moment. All at once: whoever begins anew meets no topic that doesn't know yet. */
    async restart(): Promise<void> {
      const restarts = await Promise.all([...topics.values()].map(({ topic }) => topic.restart()))
      for (const restart of restarts) restart()
    },

    /** Topics open here, for whoever watches the server. */
    size: () => topics.size,

    async close(): Promise<void> {
      for (const { closing } of topics.values()) if (closing) clearTimeout(closing)
      const all = [...topics.values()]
      topics.clear()
      for (const { heard } of all) (await heard)()
    },
  }
}

export type Hub = ReturnType<typeof createHub>

import { parseInput } from '../../kernel/input.ts'
import { open, seated } from '../../kernel/standing.ts'
import { channelTopic } from '../../kernel/topics.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Log } from '../../ports/log.ts'
import { mostLapsed, type PresenceRegister, type Typist } from '../../ports/presence.ts'
import type { Viewer } from '../../ports/sessions.ts'
import type { ChannelsStore } from '../channels/channels.store.ts'
import type { MessageEvent } from '../messages/messages.events.ts'
import { setTypingInput } from './presence.input.ts'
import type { TypingEvent } from './presence.events.ts'

type Needs = {
  register: PresenceRegister['typing']
  channels: Pick<ChannelsStore, 'standings'>
  bus: Pick<Bus, 'publish' | 'subscribe'>
  log: Log
}

const typingMs = 6_000
/** Clients end it by themselves after `typingMs`, where the end doesn't reach them. Who says it anew within this isn't told. */
const againMs = 2_000
const everyMs = 1_000

/**
 * Who is typing. It ends by itself, by what they send, or because they say so. Begin and end are told once, whoever says it where; that it
 * goes on is told again, at most each `againMs`.
 */
export function createTyping({ register, channels, bus, log }: Needs) {
  /** Those who said it here: how to stop listening for what they send. */
  const listening = new Map<string, { stop: Promise<() => void>; timer: NodeJS.Timeout }>()

  const tell = ({ channelId, userId }: Typist, typing: boolean) =>
    void bus.publish(channelTopic(channelId), { type: 'TypingChanged', channelId, userId, typing } satisfies TypingEvent)

  async function ended(typist: Typist): Promise<void> {
    forget(typist)
    if (await register.drop(typist)) tell(typist, false)
  }

  /** Told on whichever node finds it first: also of those whose node has died. */
  async function lapsed(): Promise<void> {
    for (let more = true; more; ) {
      const over = await register.lapsed()
      for (const typist of over) tell(typist, false)
      more = over.length === mostLapsed
    }
  }
  const failed = (error: unknown) => log.warn('It could not be told who has stopped typing.', { error })
  const look = () => void lapsed().catch(failed)

  function forget(typist: Typist): void {
    const known = listening.get(keyOf(typist))
    if (!known) return
    listening.delete(keyOf(typist))
    clearTimeout(known.timer)
    void known.stop.then((stop) => stop())
  }

  /** Listens for what they send until they stop; the time begins anew where they type already. */
  function listen(typist: Typist): void {
    const sends = (payload: unknown) => {
      const event = payload as MessageEvent
      if (event.type === 'MessageAdded' && event.message.senderId === typist.userId) ended(typist).catch(failed)
    }
    const known = listening.get(keyOf(typist))
    clearTimeout(known?.timer)
    const timer = setTimeout(() => {
      forget(typist)
      look()
    }, typingMs + 10)
    timer.unref()
    listening.set(keyOf(typist), { stop: known?.stop ?? bus.subscribe(channelTopic(typist.channelId), sends), timer })
  }

  const timer = setInterval(look, everyMs)
  timer.unref()

  return {
    async set(viewer: Viewer, input: unknown): Promise<void> {
      const { channelId, typing } = parseInput(setTypingInput, input)
      open(seated((await channels.standings(viewer.userId, [channelId]))[0] ?? null))
      const typist = { channelId, userId: viewer.userId }
      if (!typing) return ended(typist)
      listen(typist)
      if (await register.hold(typist, typingMs, againMs)) tell(typist, true)
    },

    stop(): void {
      clearInterval(timer)
      for (const { timer } of listening.values()) clearTimeout(timer)
      listening.clear()
    },
  }
}

const keyOf = ({ channelId, userId }: Typist) => `${channelId}:${userId}`

export type Typing = ReturnType<typeof createTyping>

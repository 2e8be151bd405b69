import { setTimeout as after } from 'node:timers/promises'
import type { Log } from '../../ports/log.ts'
import type { PushSender } from '../../ports/push.ts'
import type { NotificationKind } from '../../generated/prisma/client.ts'
import type { Decision } from './decide.ts'
import type { Decided as Found } from './decisions.ts'
import type { FactsStore } from './facts.store.ts'

/** Somebody is notified of something, or may be interrupted by it. */
export type Decided = {
  userId: string
  channelId: string
  /** The message; null for having been added to a channel. */
  seq: number | null
  actorId: string
  /** As what it is listed; null for what is only mailed or pushed: any message, where that is what they chose. */
  kind: NotificationKind | null
  /** How many messages it stands for: of what is said to nobody by name, all that came together, and `seq` is the newest. 1 for what names them, 0 where there is none. */
  messages: number
  /** When by which way, and the rules it came by. Quiet hours and settings are in it: look at `at.PUSH` before you send something. */
  decision: Pick<Decision, 'at' | 'rules'>
  /** What is said, as it is when you ask; null where it is deleted by then, or where there is no message. */
  text(): Promise<string | null>
}

/**
 * For those who run Parley: a webhook, a short message, a bot in another chat, a push to devices. A function of this list is called
 * with everything that is decided, on the node that did it, once the decision is committed: what names, answers or is written to someone
 * alone, once for each message; that somebody added them to a channel; and what is said there to nobody by name, for those who want to
 * hear of everything and aren't looking: once a second and node for each of them in a channel at most, for nodes take turns in deciding.
 * Past 5,000 messages, or 50,000 names in them, that gather on a node meanwhile those to nobody by name are left out, and counted in the log.
 *
 * ```ts
 * export const hooks: readonly Hook[] = [
 *   async function tellTheBot({ userId, channelId, decision }, signal) {
 *     if (decision.at.PUSH) await fetch('https://bot.example.org', { method: 'POST', signal, body: JSON.stringify({ userId, channelId }) })
 *   },
 * ]
 * ```
 *
 * What one does harms nobody. It has `limitMs` (5 s) for each call; then `signal` is aborted, and it isn't waited for. `atOnce` (16) calls
 * of it are made at once. What it throws is logged, without what is said. While it is slow, up to `mostWaiting` (10,000) calls wait for it
 * alone; more are left out, and counted in the log. Each call is made at most once: when the node is killed just then, it isn't made.
 * Only what keeps the processor busy without ever waiting would hold up the whole node: don't.
 */
export type Hook = (decided: Decided, signal: AbortSignal) => Promise<void> | void

export const hooks: readonly Hook[] = []

/** A decision about a message, for hooks. */
export const tellableOf = ({ facts: { message, recipient }, decision }: Found, text: FactsStore['text'], messages = 1): Decided => ({
  userId: recipient.userId,
  channelId: message.channelId,
  seq: message.seq,
  actorId: message.senderId,
  kind: decision.kind,
  messages,
  decision,
  text: () => text(message),
})

/** Tells a sender of pushes what may interrupt somebody on their devices. */
export const pushing = ({ send }: PushSender): Hook =>
  async function push({ decision, ...about }, signal) {
    if (decision.at.PUSH) await send({ ...about, at: decision.at.PUSH }, signal)
  }

type Needs = { hooks: readonly Hook[]; log: Log; limitMs?: number; atOnce?: number; mostWaiting?: number }

export function createHooks({ hooks, log, limitMs = 5_000, atOnce = 16, mostWaiting = 10_000 }: Needs) {
  const lines = hooks.map((hook) => ({
    hook,
    name: hook.name || 'a hook without a name',
    waiting: [] as Decided[],
    running: 0,
    leftOut: 0,
  }))
  type Line = (typeof lines)[number]

  async function call({ hook, name }: Line, decided: Decided): Promise<void> {
    const controller = new AbortController()
    const ended = new AbortController()
    const limit = after(limitMs, 'late', { signal: ended.signal, ref: false }).catch(() => 'ended')
    try {
      const done = (async () => hook(decided, controller.signal))()
      // Whatever becomes of it later is nobody's concern.
      done.catch(() => {})
      if ((await Promise.race([done, limit])) === 'late') log.warn('A hook took too long. It is not waited for.', { hook: name, limitMs })
    } catch (error) {
      log.warn('A hook failed.', { hook: name, reason: error instanceof Error ? error.name : typeof error })
    } finally {
      controller.abort()
      ended.abort()
    }
  }

  function work(line: Line): void {
    while (line.running < atOnce) {
      const next = line.waiting.shift()
      if (!next) break
      line.running++
      void call(line, next).finally(() => {
        line.running--
        work(line)
      })
    }
    if (line.leftOut > 0 && line.waiting.length === 0) {
      log.warn('A hook is too slow for what happens. Some calls of it were left out.', { hook: line.name, calls: line.leftOut })
      line.leftOut = 0
    }
  }

  return {
    isEmpty: hooks.length === 0,

    /** Returns at once. */
    tell(decided: readonly Decided[]): void {
      for (const line of lines) {
        const room = Math.max(0, mostWaiting - line.waiting.length)
        line.waiting.push(...decided.slice(0, room))
        line.leftOut += Math.max(0, decided.length - room)
        work(line)
      }
    },
  }
}

export type Hooks = ReturnType<typeof createHooks>

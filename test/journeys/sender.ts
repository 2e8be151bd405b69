import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { History } from './history.ts'
import type { Node } from './node.ts'
import type { Random } from './random.ts'
import { ask } from './wire.ts'

export type Person = { handle: string; id: string; token: string }
export type Channel = { name: string; id: string; key: string }

type Needs = {
  person: Person
  channels: readonly Channel[]
  /** The node to ask next. */
  node: () => Node
  random: Random
  history: History
  /** Between one message and the next: up to twice this. */
  paceMs: number
  text?: () => string
  /** Waits for so long, and takes silence for a fault. Otherwise gives up early and tries elsewhere, as clients do. */
  patienceMs?: number
}

type Outcome = { __typename: string; code?: string; retryAfterMs?: number; replayed?: boolean; message?: { seq: number } }

const mutation = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
  __typename ... on Error { code } ... on RateLimited { retryAfterMs } ... on SendMessagePayload { replayed message { seq } } } }`

const givesUpMs = 60_000

/** Sends one message after the other until stopped, each with a key of its own, and each until it is answered. */
export function startSender({ person, channels, node, random, history, paceMs, text = () => '', patienceMs }: Needs) {
  let stopped = false
  let sent = 0

  async function attempt(channel: Channel, key: string, said: string): Promise<'done' | number> {
    const { name, url } = node()
    const input = { channelId: channel.id, text: said, clientId: key }
    try {
      const { data, errors } = await ask<{ sendMessage: Outcome }>(url, person.token, mutation, { input }, patienceMs)
      const outcome = data?.sendMessage
      if (outcome?.message) {
        history.add({ type: 'acknowledged', key, seq: outcome.message.seq, replayed: outcome.replayed!, node: name })
        return 'done'
      }
      if (outcome?.code === 'RATE_LIMITED') return outcome.retryAfterMs!
      if (outcome?.code) {
        history.add({ type: 'refused', key, code: outcome.code })
        return 'done'
      }
      throw new Error(errors?.map(({ extensions }) => extensions?.code).join() ?? 'no answer')
    } catch (error) {
      history.add({ type: 'unknown', key, node: name, why: reasonOf(error) })
      if (patienceMs && (error as Error).name === 'TimeoutError') history.add({ type: 'silence', key, node: name, ms: patienceMs })
      return random.between(20, 200)
    }
  }

  async function send(channel: Channel): Promise<void> {
    const key = randomUUID()
    const said = `${person.handle} ${++sent} ${text()}`.trim()
    const since = performance.now()
    history.add({ type: 'sending', key, by: person.handle, channel: channel.name, text: said })
    while (performance.now() - since < givesUpMs) {
      const outcome = await attempt(channel, key, said)
      if (outcome === 'done') return
      await delay(outcome)
    }
    history.add({ type: 'abandoned', key })
  }

  const over = (async () => {
    while (!stopped) {
      await send(random.pick(channels))
      if (!stopped) await delay(random.between(0, 2 * paceMs))
    }
  })()

  return {
    /** Finishes the message that is under way. */
    async stop(): Promise<void> {
      stopped = true
      await over
    },
    sent: () => sent,
  }
}

export const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message
}

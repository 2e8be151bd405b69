import { setTimeout as pause } from 'node:timers/promises'

type Draft = { channelId: string; text: string; clientId: string }

/** What was said goes out in its order, one after another; where nobody answers it is tried again, with the same key, so never twice. */
export function createOutbox(send: (draft: Draft) => Promise<string | null>, refused: (text: string, reason: string) => void) {
  const waiting: Draft[] = []
  let emptied = Promise.resolve()

  async function empty(): Promise<void> {
    for (let draft = waiting[0]; draft; draft = waiting[0])
      try {
        const reason = await send(draft)
        if (reason) refused(draft.text, reason)
        waiting.shift()
      } catch {
        await pause(300 + Math.random() * 700)
      }
  }

  return {
    add(channelId: string, text: string): void {
      waiting.push({ channelId, text, clientId: crypto.randomUUID() })
      if (waiting.length === 1) emptied = empty()
    },
    emptied: () => emptied,
  }
}

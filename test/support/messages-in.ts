import type { Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import * as ws from 'ws'

/** Its types leave it out. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable }

/** What a client of WebSockets makes of it. */
export async function messagesIn(writes: readonly Buffer[]): Promise<unknown[]> {
  const receiver = new Receiver({ isServer: false })
  const messages: unknown[] = []
  receiver.on('message', (data: Buffer) => messages.push(JSON.parse(String(data))))
  for (const bytes of writes) receiver.write(bytes)
  await turn()
  return messages
}

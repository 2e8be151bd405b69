import { randomBytes, randomUUID } from 'node:crypto'
import { createMessagesStore, type Draft, type Outcome } from '../../src/features/messages/messages.store.ts'
import { createWriter } from '../../src/features/messages/writer.ts'
import type { Database } from '../../src/ports/database.ts'
import { drive } from '../support/drive.ts'
import type { Contender } from '../support/rounds.ts'
import { createFloor } from './floor.ts'
import type { Scene } from './scene.ts'
import { text } from './text.ts'

type Send = (channelId: string, senderId: string, text: string) => Promise<unknown>

export const ours = 'Parley'
export const floor = 'BEGIN, UPDATE, INSERT, COMMIT'

/** The writer as the server has it, without what is around it. */
function createOurs(database: Database): Send {
  const store = createMessagesStore(database)
  const writer = createWriter<Draft, Outcome>({ write: store.send })
  return async (channelId, senderId, text) => {
    const { verdict } = await writer.send(channelId, {
      senderId,
      text,
      clientId: randomUUID(),
      contentHash: randomBytes(16),
      replyToSeq: null,
      handles: [],
      everyone: false,
      admin: false,
      mentionIds: [],
    })
    if (verdict !== 'SENT') throw new Error(`A message was not sent: ${verdict}.`)
  }
}

/** The writer next to its floor, on so many channels of their own, each writer's message in one of them at random. */
export async function inProcess(database: Database, scene: Scene, channels: number) {
  const contenders = await Promise.all(
    Object.entries<Send>({ [ours]: createOurs(database), [floor]: createFloor(database.pool) }).map(async ([name, send]) => {
      const channelIds = await scene.channels(channels)
      let sent = 0
      const once = async (writer: number) => {
        const channelId = channelIds[Math.floor(Math.random() * channels)]!
        await send(channelId, scene.people[writer]!.id, text)
        sent++
      }
      const contender: Contender = { name, run: (seconds) => drive(once, { workers: scene.people.length, seconds }) }
      return { contender, check: () => scene.check(channelIds, sent) }
    }),
  )
  return {
    contenders: contenders.map(({ contender }) => contender),
    /** Throws where what was answered is not what is stored. */
    async check() {
      for (const { check } of contenders) await check()
    },
  }
}

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { encodeNodeId } from '../../src/kernel/node-id.ts'
import type { Run } from '../support/drive.ts'
import type { Contender } from '../support/rounds.ts'
import type { Measured } from '../support/server.ts'
import type { Order } from './load.ts'
import type { Scene } from './scene.ts'

export const query = 'query { viewer { user { id } } }'
export const sends = { hot: 'sendMessage, one channel', hundred: 'sendMessage, 100 channels' }

/** Sending next to the smallest question that has to know who asks, on one server. */
export async function overHttp(server: Measured, scene: Scene) {
  const load = fork(new URL('load.ts', import.meta.url))
  const failed = once(load, 'exit').then(() => {
    throw new Error('The load ended before its time; what it said of that is above.')
  })
  const tokens = scene.people.map(({ token }) => token)
  const spent = new Map<string, { cpuMs: number; operations: number }>()

  async function contender(name: string, channels: number) {
    const keys = await scene.channels(channels)
    const order = { url: server.url, tokens, channelIds: keys.map((key) => encodeNodeId('Channel', key)) }
    let sent = 0
    const run = async (seconds: number): Promise<Run> => {
      const before = await server.read()
      load.send({ ...order, seconds } satisfies Order)
      const [run] = (await Promise.race([once(load, 'message'), failed])) as [Run]
      const { cpuMs, operations } = spent.get(name) ?? { cpuMs: 0, operations: 0 }
      spent.set(name, { cpuMs: cpuMs + (await server.read()).cpuMs - before.cpuMs, operations: operations + run.operations })
      sent += run.operations
      return run
    }
    return { contender: { name, run } satisfies Contender, check: () => (channels > 0 ? scene.check(keys, sent) : undefined) }
  }

  const all = [await contender(query, 0), await contender(sends.hot, 1), await contender(sends.hundred, 100)]
  return {
    contenders: all.map(({ contender }) => contender),
    /** CPU of the server's process for one operation, in µs. */
    cpuOf: (name: string) => (spent.get(name)!.cpuMs / spent.get(name)!.operations) * 1_000,
    async check() {
      for (const { check } of all) await check()
    },
    stop() {
      failed.catch(() => {})
      load.kill()
    },
  }
}

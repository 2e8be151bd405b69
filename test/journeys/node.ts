import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { leash } from '../../src/embedded/leash.ts'

export type Node = {
  name: string
  url: string
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code when it is gone. */
  stop(): Promise<number | null>
  /** All it has said. */
  log: readonly string[]
}

const program = fileURLToPath(new URL('../../src/start.mjs', import.meta.url))

/** A whole server in a process of its own. Ends with this one, whatever happens. */
export async function startNode({
  name,
  dataDir,
  databaseUrl,
  redisUrl,
  env = {},
}: {
  name: string
  dataDir: string
  databaseUrl: string
  redisUrl: string
  env?: Record<string, string>
}): Promise<Node> {
  // Started there, so that no `.env` is read.
  await mkdir(dataDir, { recursive: true })
  const child = spawn(process.execPath, [program], {
    cwd: dataDir,
    env: {
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: '0',
      PUBLIC_URL: 'http://localhost:4000',
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      DATABASE_POOL: '6',
      REDIS_URL: redisUrl,
      RATE_LIMITS: 'off',
      DEMO: 'false',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const letGo = child.pid ? leash(child.pid) : () => {}
  const exited = once(child, 'exit') as Promise<[number | null]>
  void exited.finally(letGo)
  const log: string[] = []
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      log.push(line)
      const url = /ready at (http:\S+)/.exec(line)?.[1]
      if (url) resolve(url)
    })
  void exited.then(() => reject(new Error(`Node ${name} ended before it was ready:\n${log.join('\n')}`)))
  const url = await ready
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return (await exited)[0]
  }
  return { name, url, log, kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') }
}

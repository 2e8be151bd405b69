import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '../../src/embedded/free-port.ts'

/** The Redis of REDIS_URL, or an empty one on a free port. */
export async function startRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL, stop: async () => {} }
  const port = await freePort()
  const child = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const failed = once(child, 'error').then(() => {
    throw new Error('This needs Redis: put redis-server into the PATH, or set REDIS_URL.')
  })
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) if (line.includes('Ready to accept connections')) return
    throw new Error('redis-server does not start: run it by hand to see why, or set REDIS_URL.')
  })()
  await Promise.race([ready, failed])
  child.stdout.resume()
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const gone = once(child, 'exit')
      child.kill()
      await gone
    },
  }
}

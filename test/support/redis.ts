import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '../../src/embedded/free-port.ts'
import { type Door, openDoor } from './door.ts'

const given = process.env.TEST_REDIS_URL

/** For `describe.skipIf(!hasRedis)`. Where there is none, the suite says so once and loudly, and under CI=true it fails. */
export const hasRedis = Boolean(given) || spawnSync('redis-server', ['--version']).status === 0

/** A way to Redis with a door in it. `restart` loses what a restart of Redis loses on the wire: connections and subscriptions. */
export type RedisDoor = Omit<Door, 'port' | 'shut' | 'open'> & {
  url: string
  stop(): Promise<void>
  start(): Promise<void>
  restart(): Promise<void>
}

/**
 * A Redis of one's own, empty, on a free port; or the one of TEST_REDIS_URL, which other files use at the same time: keys and
 * topics need names of their own. Faults happen in doors: give each node its own to part one of them from Redis.
 */
export type TestRedis = RedisDoor & {
  /** Straight to Redis, past all doors. */
  directUrl: string
  door(): Promise<RedisDoor>
}

export async function startRedis(): Promise<TestRedis> {
  const redis = given ? { url: given, stop: async () => {} } : await spawnRedis()
  const doors: RedisDoor[] = []
  const door = async () => {
    const opened = await doorTo(redis.url)
    doors.push(opened)
    return opened
  }
  return {
    ...(await door()),
    directUrl: redis.url,
    door,
    async close() {
      await Promise.all(doors.map((each) => each.close()))
      await redis.stop()
    },
  }
}

async function doorTo(directUrl: string): Promise<RedisDoor> {
  const url = new URL(directUrl)
  const { port, shut, open, ...faults } = await openDoor({ host: url.hostname, port: Number(url.port || 6379) })
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    ...faults,
    url: url.href,
    stop: shut,
    start: open,
    async restart() {
      await shut()
      await open()
    },
  }
}

// The shell is there for the case that this process is killed: then its standard input ends, and Redis with it.
const tied = 'redis-server "$@" & exec >&-; read -r _; kill -KILL $!; wait'

async function spawnRedis(triesLeft = 5): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const flags = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--loglevel', 'notice', '--logfile', '']
  const shell = spawn('/bin/sh', ['-c', tied, 'sh', ...flags], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(shell, 'close')
  const stop = async () => {
    shell.stdin.end()
    await gone
  }
  for await (const line of createInterface({ input: shell.stdout })) {
    if (line.includes('Ready to accept connections')) {
      shell.stdout.resume()
      return { url: `redis://127.0.0.1:${port}`, stop }
    }
  }
  await stop()
  if (triesLeft > 0) return spawnRedis(triesLeft - 1)
  throw new Error('redis-server does not start: run it by hand to see why, or set TEST_REDIS_URL.')
}

import { isIP } from 'node:net'
import { Redis, type RedisOptions } from 'ioredis'
import type { Log } from '../ports/log.ts'

export type RedisConnection = {
  client: Redis
  /** Resolves when the first attempt to connect has succeeded or failed, or takes long. */
  tried: Promise<void>
  /** Gives up this connection for a new one: for when it is open but nothing comes through. */
  renew(): void
  /** Lets finish what is under way, and ends. Never rejects. */
  close(): Promise<void>
}

/**
 * A connection that would rather fail than wait: a command fails at once while Redis is away or when the connection breaks under
 * it, and after 2 s without an answer. It comes back by itself, for ever. Every command needs its `catch`.
 */
export function connectRedis({ url, name, log }: { url: string; name: string; log: Log }): RedisConnection {
  const client = new Redis(url, {
    ...encryption(url),
    connectionName: name,
    disableClientInfo: true,
    connectTimeout: 3_000,
    commandTimeout: 2_000,
    disconnectTimeout: 200,
    keepAlive: 10_000,
    retryStrategy: (attempt) => Math.min(2_000, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
    // Nothing piles up while Redis is away, and nothing is sent after its sender was told that it failed.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A message sent again might be heard twice.
    autoResendUnfulfilledCommands: false,
    // Its rejection would go unhandled and end the process.
    autoResubscribe: false,
  })

  // One line when an outage begins and one when it ends. Only the error's text: ioredis hangs the command with its arguments on
  // the error, be they a password or a message.
  let away = false
  let closing = false
  let renewing = false
  const gone = (reason: string) => {
    if (!away && !closing) log.warn('Redis is away.', { connection: name, reason })
    away = true
  }
  client.on('error', (error: NodeJS.ErrnoException) => gone(error.message || error.code || error.name))
  client.on('close', () => {
    renewing = false
    gone('The connection was closed.')
  })
  client.on('ready', () => {
    if (away) log.info('Redis is back.', { connection: name })
    away = false
  })

  return {
    client,
    tried: new Promise((resolve) => {
      for (const event of ['ready', 'close', 'end']) client.once(event, () => resolve())
      setTimeout(resolve, 2_000).unref()
    }),
    renew() {
      if (closing || renewing || client.status !== 'ready') return
      renewing = true
      client.disconnect(true)
    },
    async close() {
      closing = true
      await client.quit().catch(() => {})
      client.disconnect()
    },
  }
}

/** Whether a command failed for want of an answer: its connection is best renewed. */
export const isTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Command timed out'

/** A server that hosts many names is told which one is meant; ioredis leaves that out. */
function encryption(url: string): RedisOptions {
  const { protocol, hostname } = new URL(url)
  return protocol === 'rediss:' && !hostname.startsWith('[') && !isIP(hostname) ? { tls: { servername: hostname } } : {}
}

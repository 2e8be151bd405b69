import type { Result } from 'ioredis'
import { mostLapsed, type PresenceChange, type PresenceRegister, type PresenceStatus, type Times, type Typist } from '../ports/presence.ts'
import { isTimeout, type RedisConnection } from './redis.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    presenceReport(here: string, awake: string, seen: string, changed: string, ...args: (string | number)[]): Result<string[], Context>
    presenceLapsed(
      here: string,
      awake: string,
      seen: string,
      changed: string,
      asked: string,
      held: string,
      ...args: (string | number)[]
    ): Result<string[], Context>
    typingHold(typing: string, told: string, typist: string, ms: number, againMs: number): Result<number, Context>
    typingLapsed(typing: string, most: number): Result<string[], Context>
  }
}

// Five sorted sets: `here`, until when someone is here; `awake`, those of them that are ONLINE, and `seen`, everyone, by when they were
// active; `typing`, until when, and `told`, when that was told last, as long as it matters. Who is in `here` and `awake` is what was told last, so that each change is answered once. Leases run
// by the clock of Redis, the only one that all nodes have.

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

// A change is three texts: who, what they are now, and when they were active. Before all of them comes their number: the time, and
// more than the last one.
const changes = `
local changes = {string.format('%.0f', math.max(now, (tonumber(redis.call('GET', KEYS[4])) or 0) + 1))}
local function tell(user, status)
  table.insert(changes, user)
  table.insert(changes, status)
  table.insert(changes, redis.call('ZSCORE', KEYS[3], user) or '')
end
local function told()
  if #changes > 1 then redis.call('SET', KEYS[4], changes[1]) end
  return changes
end
`

const report = `${now}${changes}
local lease, idle = tonumber(ARGV[1]), tonumber(ARGV[2])
for i = 3, #ARGV, 3 do
  local user, connected = ARGV[i], ARGV[i + 2] == '1'
  redis.call('ZADD', KEYS[3], 'GT', ARGV[i + 1], user)
  local was = redis.call('ZSCORE', KEYS[1], user)
  if connected then redis.call('ZADD', KEYS[1], 'GT', now + lease, user) end
  if was or connected then
    local active = redis.call('ZSCORE', KEYS[3], user)
    if tonumber(active) > idle then
      if redis.call('ZADD', KEYS[2], 'GT', active, user) == 1 then tell(user, 'ONLINE') end
    elseif not was then
      tell(user, 'AWAY')
    end
  end
end
return told()
`

// While `asked` is there, somebody has asked within the last three seconds; where it is not, `held` keeps everyone for a lease.
const lapsed = `${now}${changes}
local lease, idle, forgotten, most = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
if not redis.call('SET', KEYS[5], 1, 'PX', 3000, 'GET') then redis.call('SET', KEYS[6], 1, 'PX', lease) end
if redis.call('EXISTS', KEYS[6]) == 0 then
  for _, user in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, most)) do
    redis.call('ZREM', KEYS[1], user)
    redis.call('ZREM', KEYS[2], user)
    tell(user, 'OFFLINE')
  end
end
for _, user in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', idle, 'LIMIT', 0, most - (#changes - 1) / 3)) do
  redis.call('ZREM', KEYS[2], user)
  tell(user, 'AWAY')
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. forgotten)
return told()
`

const typingHold = `${now}
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3])
local isNew = redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) == 1
if not isNew and redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
`

const typingLapsed = `${now}
local over = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
if #over > 0 then redis.call('ZREM', KEYS[1], unpack(over)) end
return over
`

/** Nobody waits for longer than this to hear how someone is. */
const patienceMs = 500

/**
 * Shared by all nodes in Redis (6.2 or newer). Everything is kept in `fallback`, the register of this node, as well: it answers while
 * Redis is away.
 */
export function createPresenceRedis(options: { redis: RedisConnection; fallback: PresenceRegister; prefix?: string }): PresenceRegister {
  const { redis, fallback, prefix = 'parley' } = options
  // One slot in a cluster.
  const key = (name: string) => `${prefix}:{presence}:${name}`
  const [here, awake, seen, changed, asked, held, typing, told] = [
    key('here'),
    key('awake'),
    key('seen'),
    key('changed'),
    key('asked'),
    key('held'),
    key('typing'),
    key('told'),
  ] as const
  const { client } = redis
  client.defineCommand('presenceReport', { numberOfKeys: 4, lua: report })
  client.defineCommand('presenceLapsed', { numberOfKeys: 6, lua: lapsed })
  client.defineCommand('typingHold', { numberOfKeys: 2, lua: typingHold })
  client.defineCommand('typingLapsed', { numberOfKeys: 1, lua: typingLapsed })

  const askRedis = async <Answer>(work: () => Promise<Answer>): Promise<Answer | null> => {
    try {
      await redis.tried
      return await work()
    } catch (error) {
      if (isTimeout(error)) redis.renew()
      return null
    }
  }

  /** What Redis says; where it says nothing in time, what this node knows. */
  async function answer<Answer>(work: () => Promise<Answer>, known: Answer): Promise<Answer> {
    const { promise: late, resolve } = Promise.withResolvers<null>()
    const timer = setTimeout(resolve, patienceMs, null)
    const said = await Promise.race([askRedis(work), late])
    clearTimeout(timer)
    return said ?? known
  }

  const timesOf = ({ leaseMs, idleSince }: Times) => [leaseMs, idleSince.getTime()] as const

  return {
    async report(signs, times) {
      const known = await fallback.report(signs, times)
      const said = signs.flatMap(({ userId, activeAt, connected }) => [userId, activeAt.getTime(), connected ? 1 : 0])
      return answer(async () => changesIn(await client.presenceReport(here, awake, seen, changed, ...timesOf(times), ...said)), known)
    },

    async lapsed(times) {
      const known = await fallback.lapsed(times)
      const forgotten = times.forgottenBefore.getTime()
      return answer(
        async () =>
          changesIn(await client.presenceLapsed(here, awake, seen, changed, asked, held, ...timesOf(times), forgotten, mostLapsed)),
        known,
      )
    },

    async at(userIds) {
      if (userIds.length === 0) return []
      const known = await fallback.at(userIds)
      return answer(async () => {
        const ids = [...userIds]
        // Sent together, answered together.
        const [until, active, last] = await Promise.all([client.zmscore(here, ids), client.zmscore(awake, ids), client.zmscore(seen, ids)])
        return ids.map((_, place) => ({
          status: until[place] == null ? 'OFFLINE' : active[place] == null ? 'AWAY' : 'ONLINE',
          lastActiveAt: last[place] == null ? null : new Date(Number(last[place])),
        }))
      }, known)
    },

    typing: {
      async hold(typist, ms, againMs) {
        const known = await fallback.typing.hold(typist, ms, againMs)
        return answer(async () => (await client.typingHold(typing, told, nameOf(typist), ms, againMs)) === 1, known)
      },
      async drop(typist) {
        const known = await fallback.typing.drop(typist)
        return answer(async () => (await client.zrem(typing, nameOf(typist))) === 1, known)
      },
      async lapsed() {
        const known = await fallback.typing.lapsed()
        return answer(async () => (await client.typingLapsed(typing, mostLapsed)).map(typistIn), known)
      },
    },
  }
}

function changesIn([at, ...texts]: string[]): PresenceChange[] {
  return Array.from({ length: texts.length / 3 }, (_, place) => {
    const [userId, status, activeAt] = texts.slice(place * 3, place * 3 + 3) as [string, PresenceStatus, string]
    return { userId, status, lastActiveAt: activeAt ? new Date(Number(activeAt)) : null, at: Number(at) }
  })
}

const nameOf = ({ channelId, userId }: Typist) => `${channelId}:${userId}`

function typistIn(name: string): Typist {
  const [channelId, userId] = name.split(':') as [string, string]
  return { channelId, userId }
}

import { expect, it } from 'vitest'
import { createAnnouncer } from '../../../src/features/presence/announcer.ts'
import type { PresenceEvent } from '../../../src/features/presence/presence.events.ts'
import type { PresenceChange } from '../../../src/ports/presence.ts'
import { keptLog } from '../../support/log.ts'

const change = (number: number, at = 1, status: PresenceChange['status'] = 'ONLINE'): PresenceChange => ({
  userId: `person ${number}`,
  status,
  lastActiveAt: null,
  at,
})

/** Everyone is in the same three channels. */
function setUp({ failing = () => false }: { failing?: (userIds: readonly string[]) => boolean } = {}) {
  const told: { topic: string; event: PresenceEvent }[] = []
  const seen = { statements: 0, atOnce: 0 }
  let underWay = 0
  const log = keptLog()
  const announcer = createAnnouncer({
    log,
    store: {
      async channelsOf(userIds) {
        seen.statements++
        if (failing(userIds)) throw new Error('PostgreSQL is away.')
        return new Map(userIds.map((userId) => [userId, ['one', 'two', 'three']]))
      },
    },
    bus: {
      async publish(topic, event) {
        seen.atOnce = Math.max(seen.atOnce, ++underWay)
        await new Promise(setImmediate)
        underWay--
        told.push({ topic, event: event as PresenceEvent })
      },
    },
  })
  return { announcer, told, seen, log }
}

const crowd = (size: number) => Array.from({ length: size }, (_, number) => change(number))

it('tells each change on the topic of the person and on those of their channels', async () => {
  const { announcer, told } = setUp()
  announcer.announce([change(1)])
  await announcer.settled()
  expect(told.map(({ topic }) => topic)).toEqual(['presence.person 1', 'channel.one', 'channel.two', 'channel.three'])
  expect(told[0]!.event).toEqual({ type: 'PresenceChanged', userId: 'person 1', presence: { status: 'ONLINE', lastActiveAt: null }, at: 1 })
})

it('tells of a thousand at once bit by bit: few statements, few messages under way', async () => {
  const { announcer, told, seen } = setUp()
  announcer.announce(crowd(1_000))
  await announcer.settled()
  expect(told).toHaveLength(4_000)
  expect(seen.statements).toBe(5)
  expect(seen.atOnce).toBeLessThanOrEqual(200)
})

it('tells only the newest of whoever changed again before their turn', async () => {
  const { announcer, told } = setUp()
  announcer.announce(crowd(500))
  announcer.announce([change(499, 2, 'AWAY'), change(499, 3, 'OFFLINE')])
  await announcer.settled()
  const last = told.filter(({ topic }) => topic === 'presence.person 499')
  expect(last.map(({ event }) => event.presence.status)).toEqual(['OFFLINE'])
})

it('goes on after some could not be told, and says so once for them', async () => {
  const { announcer, told, log } = setUp({ failing: (userIds) => userIds.includes('person 0') })
  announcer.announce(crowd(300))
  await announcer.settled()
  expect(told).toHaveLength(400)
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { people: 200 } }])
  announcer.announce([change(1_000)])
  await announcer.settled()
  expect(told).toHaveLength(404)
})

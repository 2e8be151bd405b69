import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { mostLapsed, type PresenceChange, type PresenceRegister, type Times, type Typist } from '../../../src/ports/presence.ts'
import { until } from '../../support/until.ts'

const start = Date.parse('2030-01-01T00:00:00.000Z')
const minute = 60_000

/** Five minutes before so many minutes have passed. */
export const timesAfter = (minutes: number, leaseMs = 60_000): Times => ({
  leaseMs,
  idleSince: new Date(start + (minutes - 5) * minute),
  forgottenBefore: new Date(start + (minutes - 60) * minute),
})
export const sign = (userId: string, { minutes = 0, connected = true } = {}) => ({
  userId,
  activeAt: new Date(start + minutes * minute),
  connected,
})

const told = (changes: readonly PresenceChange[]) => changes.map(({ userId, status }) => `${userId} ${status}`)

/** All who are something else by now, once somebody is. */
export async function lapse(register: PresenceRegister, times: Times): Promise<PresenceChange[]> {
  const changes: PresenceChange[] = []
  await until(async () => {
    changes.push(...(await register.lapsed(times)))
    return changes.length > 0
  })
  return changes
}

/** What any register must do. `node` gives one more node on the same medium; where there is only one node, always that one. */
export function presenceContract(name: string, node: () => PresenceRegister): void {
  describe(`${name} as a register of presence`, () => {
    let here: PresenceRegister
    let there: PresenceRegister
    let ada: string
    let bob: string
    beforeEach(() => {
      here = node()
      there = node()
      ada = crypto.randomUUID()
      bob = crypto.randomUUID()
    })

    const statusesOf = async (...userIds: string[]) => (await there.at(userIds)).map(({ status }) => status)

    it('knows nobody at first', async () => {
      expect(await here.at([ada, bob])).toEqual([
        { status: 'OFFLINE', lastActiveAt: null },
        { status: 'OFFLINE', lastActiveAt: null },
      ])
      expect(await here.at([])).toEqual([])
    })

    it('tells once who has come, and knows them on every node, in the order of asking', async () => {
      expect(await here.report([sign(ada)], timesAfter(0))).toEqual([
        { userId: ada, status: 'ONLINE', lastActiveAt: new Date(start), at: expect.any(Number) },
      ])
      expect(await here.report([sign(ada)], timesAfter(0))).toEqual([])
      expect(await there.report([sign(ada, { minutes: 1 })], timesAfter(1))).toEqual([])
      expect(await there.at([bob, ada, ada])).toMatchObject([
        { status: 'OFFLINE' },
        { status: 'ONLINE', lastActiveAt: new Date(start + minute) },
        { status: 'ONLINE' },
      ])
    })

    it('has whoever does nothing for five minutes away, until they do something, without a connection, too', async () => {
      await here.report([sign(ada), sign(bob, { minutes: 3 })], timesAfter(3))
      expect(await here.lapsed(timesAfter(4.9))).toEqual([])
      const [away] = await lapse(here, timesAfter(5))
      expect(away).toMatchObject({ userId: ada, status: 'AWAY', lastActiveAt: new Date(start) })
      expect(await there.lapsed(timesAfter(5))).toEqual([])
      expect(await statusesOf(ada, bob)).toEqual(['AWAY', 'ONLINE'])
      expect(told(await here.report([sign(ada)], timesAfter(5)))).toEqual([])
      expect(told(await there.report([sign(ada, { minutes: 6, connected: false })], timesAfter(6)))).toEqual([`${ada} ONLINE`])
      expect(await statusesOf(ada)).toEqual(['ONLINE'])
    })

    it('has whoever connects without having done anything away', async () => {
      expect(told(await here.report([sign(ada)], timesAfter(10)))).toEqual([`${ada} AWAY`])
      expect(told(await here.report([sign(ada, { minutes: 10 })], timesAfter(10)))).toEqual([`${ada} ONLINE`])
    })

    it('keeps when someone did something without being here, and never sets it back', async () => {
      expect(await here.report([sign(ada, { minutes: 5, connected: false })], timesAfter(5))).toEqual([])
      await here.report([sign(ada, { minutes: 2, connected: false })], timesAfter(5))
      expect(await there.at([ada])).toEqual([{ status: 'OFFLINE', lastActiveAt: new Date(start + 5 * minute) }])
    })

    it('forgets when that was, long after', async () => {
      await here.report([sign(ada, { connected: false }), sign(bob, { minutes: 2, connected: false })], timesAfter(2))
      await here.lapsed(timesAfter(61))
      expect(await there.at([ada, bob])).toMatchObject([{ lastActiveAt: null }, { lastActiveAt: new Date(start + 2 * minute) }])
    })

    it('tells once, on one node, who is gone: when nobody has spoken of them for a lease', async () => {
      await here.report([sign(ada)], timesAfter(0, 200))
      const both = await Promise.race([lapse(here, timesAfter(0, 200)), lapse(there, timesAfter(0, 200))])
      expect(both).toMatchObject([{ userId: ada, status: 'OFFLINE', lastActiveAt: new Date(start) }])
      expect([...(await here.lapsed(timesAfter(0, 200))), ...(await there.lapsed(timesAfter(0, 200)))]).toEqual([])
      expect(await there.at([ada])).toEqual([{ status: 'OFFLINE', lastActiveAt: new Date(start) }])
      expect(told(await there.report([sign(ada)], timesAfter(0)))).toEqual([`${ada} ONLINE`])
    })

    it('has someone here for as long as one node says so', async () => {
      await here.report([sign(ada), sign(bob)], timesAfter(0, 200))
      await there.report([sign(ada)], timesAfter(0))
      await here.report([sign(ada)], timesAfter(0, 100))
      expect(told(await lapse(here, timesAfter(0, 200)))).toEqual([`${bob} OFFLINE`])
      expect(await statusesOf(ada, bob)).toEqual(['ONLINE', 'OFFLINE'])
    })

    it('numbers the changes of a person', async () => {
      const changes = await here.report([sign(ada)], timesAfter(0, 50))
      changes.push(...(await lapse(there, timesAfter(0, 50))))
      changes.push(...(await here.report([sign(ada)], timesAfter(0))))
      const numbers = changes.map(({ at }) => at)
      expect(numbers).toHaveLength(3)
      expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other))
    })

    it('tells of many bit by bit', async () => {
      const crowd = Array.from({ length: mostLapsed + 1 }, () => sign(crypto.randomUUID()))
      expect(await here.report(crowd, timesAfter(0))).toHaveLength(crowd.length)
      expect(await here.lapsed(timesAfter(5))).toHaveLength(mostLapsed)
      expect(await here.lapsed(timesAfter(5))).toHaveLength(1)
    })

    describe('typing', () => {
      const hold = (register: PresenceRegister, typist: Typist, ms: number, againMs = 60_000) => register.typing.hold(typist, ms, againMs)
      let typist: Typist
      beforeEach(() => {
        typist = { channelId: crypto.randomUUID(), userId: ada }
      })

      it('begins once and ends once, wherever it is said', async () => {
        expect(await hold(here, typist, 60_000)).toBe(true)
        expect(await hold(there, typist, 60_000)).toBe(false)
        expect(await hold(there, { ...typist, userId: bob }, 60_000)).toBe(true)
        expect(await there.typing.drop(typist)).toBe(true)
        expect(await here.typing.drop(typist)).toBe(false)
        expect(await hold(here, typist, 60_000)).toBe(true)
        expect(await here.typing.lapsed()).toEqual([])
      })

      it('runs out, told once', async () => {
        await hold(here, typist, 100)
        await hold(there, { ...typist, userId: bob }, 60_000)
        const over: unknown[] = []
        await until(async () => over.push(...(await there.typing.lapsed())) > 0)
        expect(over).toEqual([typist])
        expect(await here.typing.lapsed()).toEqual([])
        expect(await here.typing.drop(typist)).toBe(false)
      })

      it('goes on where it is said again', async () => {
        await hold(here, typist, 100)
        await hold(there, typist, 60_000)
        // Nothing happens when it doesn't run out: what is shown is that the first time is over.
        await sleep(120)
        expect(await here.typing.lapsed()).toEqual([])
        expect(await here.typing.drop(typist)).toBe(true)
      })

      it('is to be told again after a while, on one node, and not before', async () => {
        expect(await hold(here, typist, 60_000)).toBe(true)
        // What is shown is that the while is over.
        await sleep(210)
        expect(await hold(here, typist, 60_000)).toBe(false)
        const told = await Promise.all([here, there].map((register) => hold(register, typist, 60_000, 200)))
        expect(told.filter(Boolean)).toHaveLength(1)
        expect(await hold(there, typist, 60_000)).toBe(false)
        expect(await there.typing.drop(typist)).toBe(true)
      })
    })
  })
}

import { afterEach, describe, expect, it } from 'vitest'
import type { Bus } from '../../../src/ports/bus.ts'
import { until } from '../../support/until.ts'

/** What any bus must do. `node` gives one more node on the same medium; where there is only one node, always that one. */
export function busContract(name: string, node: () => Bus): void {
  describe(`${name} as a bus`, () => {
    const nodes = new Set<Bus>()
    const join = async () => {
      const bus = node()
      nodes.add(bus)
      await until(() => bus.healthy())
      return bus
    }
    const two = async () => [await join(), await join()] as const
    afterEach(async () => {
      await Promise.all([...nodes].map((bus) => bus.close()))
      nodes.clear()
    })
    const topic = () => `topic:${crypto.randomUUID()}`

    it('takes a message to every listener of its topic on every node, and to no other', async () => {
      const [here, there] = await two()
      const [mine, other] = [topic(), topic()]
      const heard: string[] = []
      await here.subscribe(mine, () => heard.push('here'))
      await there.subscribe(mine, () => heard.push('there'))
      await there.subscribe(mine, () => heard.push('there again'))
      await there.subscribe(other, (payload) => heard.push(String(payload)))
      await here.publish(mine, 1)
      await here.publish(other, 'end')
      await until(() => heard.includes('end') && heard.includes('here'))
      expect(heard.toSorted()).toEqual(['end', 'here', 'there', 'there again'])
    })

    it('keeps the order of a topic', async () => {
      const [here, there] = await two()
      const [mine, heard] = [topic(), [] as unknown[]]
      await there.subscribe(mine, (payload) => heard.push(payload))
      const numbers = Array.from({ length: 500 }, (_, index) => index)
      await Promise.all(numbers.map((number) => here.publish(mine, number)))
      await until(() => heard.length === numbers.length)
      expect(heard).toEqual(numbers)
    })

    it('keeps the order when a listener publishes', async () => {
      const bus = await join()
      const [mine, first, second] = [topic(), [] as unknown[], [] as unknown[]]
      await bus.subscribe(mine, (payload) => {
        first.push(payload)
        if (payload === 1) void bus.publish(mine, 3)
      })
      await bus.subscribe(mine, (payload) => second.push(payload))
      await Promise.all([bus.publish(mine, 1), bus.publish(mine, 2)])
      await until(() => second.length === 3)
      expect(second).toEqual(first)
      expect(new Set(second)).toEqual(new Set([1, 2, 3]))
    })

    it('carries JSON: dates as strings, nothing undefined, in a copy that all listeners share', async () => {
      const bus = await join()
      const [mine, heard] = [topic(), [] as unknown[]]
      await bus.subscribe(mine, (payload) => heard.push(payload))
      await bus.subscribe(mine, (payload) => heard.push(payload))
      const payload = { at: new Date(0), gone: undefined, text: 'naïve 👋 \u2028' }
      await bus.publish(mine, payload)
      await bus.publish(mine, undefined)
      await until(() => heard.length === 4)
      expect(heard[0]).toStrictEqual({ at: '1970-01-01T00:00:00.000Z', text: 'naïve 👋 \u2028' })
      expect(heard[1]).toBe(heard[0])
      expect(heard.slice(2)).toEqual([null, null])
    })

    it('counts a payload that is not JSON as failed, and goes on', async () => {
      const bus = await join()
      const [mine, heard] = [topic(), [] as unknown[]]
      await bus.subscribe(mine, (payload) => heard.push(payload))
      const before = bus.stats()
      await bus.publish(mine, { big: 1n })
      await bus.publish(mine, 'fine')
      await until(() => heard.length > 0)
      expect(heard).toEqual(['fine'])
      expect(bus.stats()).toMatchObject({ failed: before.failed + 1, published: before.published + 1 })
      expect(bus.healthy()).toBe(true)
    })

    it('hears nothing after the end of a subscription, which may be called twice', async () => {
      const bus = await join()
      const [mine, heard] = [topic(), [] as string[]]
      const end = await bus.subscribe(mine, () => heard.push('ended'))
      await bus.subscribe(mine, () => heard.push('staying'))
      const underWay = bus.publish(mine, 1)
      end()
      end()
      await underWay
      await bus.publish(mine, 2)
      await until(() => heard.filter((who) => who === 'staying').length === 2)
      expect(heard).not.toContain('ended')
    })

    it('lets a listener end itself and others while a message is being delivered', async () => {
      const bus = await join()
      const [mine, heard, ends] = [topic(), [] as string[], [] as (() => void)[]]
      for (const who of ['first', 'second', 'third'])
        ends.push(
          await bus.subscribe(mine, () => {
            heard.push(who)
            for (const end of ends) end()
          }),
        )
      await bus.publish(mine, 1)
      await until(() => heard.length > 0)
      await bus.subscribe(mine, () => heard.push('new'))
      await bus.publish(mine, 2)
      await until(() => heard.includes('new'))
      expect(heard).toEqual(['first', 'new'])
    })

    it('does not let a throwing listener harm the others', async () => {
      const bus = await join()
      const [mine, heard] = [topic(), [] as unknown[]]
      await bus.subscribe(mine, () => {
        throw new Error('a bug of a listener')
      })
      await bus.subscribe(mine, (payload) => heard.push(payload))
      await bus.publish(mine, 1)
      await bus.publish(mine, 2)
      await until(() => heard.length === 2)
      expect(bus.healthy()).toBe(true)
    })

    it('lets a topic be left and joined again, many times at once', async () => {
      const bus = await join()
      const [mine, heard] = [topic(), [] as unknown[]]
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          const end = await bus.subscribe(mine, (payload) => heard.push(payload))
          end()
        }),
      )
      expect(bus.stats().topics).toBe(0)
      await bus.subscribe(mine, (payload) => heard.push(payload))
      expect(bus.stats().topics).toBe(1)
      await bus.publish(mine, 'once')
      await bus.publish(mine, 'end')
      await until(() => heard.includes('end'))
      expect(heard).toEqual(['once', 'end'])
    })

    it('counts what was published and heard, and speaks of no gap where there was none', async () => {
      const bus = await join()
      const mine = topic()
      let [gaps, heard] = [0, 0]
      bus.onGap(() => gaps++)
      await bus.subscribe(mine, () => heard++)
      const before = bus.stats()
      for (let count = 0; count < 10; count++) await bus.publish(mine, count)
      await until(() => heard === 10)
      expect(bus.stats()).toEqual({ ...before, published: before.published + 10, heard: before.heard + 10 })
      expect(gaps).toBe(0)
    })

    it('closes under open subscriptions, and is quiet from then on', async () => {
      const bus = await join()
      const [mine, heard] = [topic(), [] as unknown[]]
      const end = await bus.subscribe(mine, (payload) => heard.push(payload))
      const underWay = [bus.publish(mine, 1), bus.close(), bus.publish(mine, 2)]
      await Promise.all(underWay)
      await bus.close()
      expect(bus.healthy()).toBe(false)
      expect(bus.stats().topics).toBe(0)
      await bus.publish(mine, 3)
      const endLate = await bus.subscribe(mine, (payload) => heard.push(payload))
      end()
      endLate()
      expect(heard).not.toContain(2)
      expect(heard).not.toContain(3)
    })
  })
}

import { setTimeout as delay } from 'node:timers/promises'
import { fillStage, type Scenario } from '../scenario.ts'

const removal: Scenario = {
  name: 'removal',
  what: 'Members are removed while others send: by a node whose Redis is away, with Redis away for all, and with all well',
  async play(stage, { brief }) {
    const { people, channels } = await fillStage(stage)
    const [ann, bob, cem] = people
    const [busy] = channels
    const leaving = await stage.people('eve', 'fay', 'gus', 'hal')
    const doors = ['a', 'b', 'c'].map((name) => stage.door(name))
    const room = await stage.channel('room', ann, [bob, cem, ...leaving])
    for (const person of leaving)
      for (const home of brief ? ['c'] : ['b', 'c']) {
        await stage.read('channel', person, [room], { home })
        await stage.read('inbox', person, [room], { home })
      }
    const load = stage.load([bob, cem], [room], { lanes: 2, paceMs: 10, nodes: ['b', 'c'] })
    const other = stage.load([ann], [busy])
    const [eve, fay, gus, hal] = leaving

    await delay(500)
    stage.fault('nothing is away')
    await stage.remove(ann, eve, room, 'a')
    await delay(300)

    stage.fault('a reaches no Redis')
    await stage.door('a').stop()
    await stage.remove(ann, fay, room, 'a')
    await delay(1_500)
    await stage.door('a').start()

    stage.fault('a publishes into the void')
    stage.door('a').pause()
    await stage.remove(ann, gus, room, 'a')
    await delay(1_500)
    stage.door('a').cut()
    stage.door('a').resume()

    stage.fault('nobody reaches Redis')
    await Promise.all(doors.map((door) => door.stop()))
    await stage.remove(ann, hal, room, 'a')
    await delay(1_500)
    await Promise.all(doors.map((door) => door.start()))
    await Promise.all([load.stop(), other.stop()])
  },
}

const slow: Scenario = {
  name: 'slow reader',
  what: 'Two clients stop reading their sockets until they are sent away; the others lose nothing and wait for nothing',
  async play(stage, { brief }) {
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage, { wandering: false })
    const [busy] = channels
    const [, , , dan] = people
    const slowOnes = [
      await stage.read('channel', dan, [busy], { home: 'a', copies: 14 }),
      ...(brief ? [] : [await stage.read('inbox', dan, channels, { home: 'a', copies: 14 })]),
    ]
    // Closed and acknowledged, or cut off a second later.
    const sentAway = async () =>
      (await stage.metric('a', 'parley_sockets_closed_total{code="4008"}')) +
      (await stage.metric('a', 'parley_sockets_closed_total{code="1006"}'))
    await stage.until('them to listen', () => slowOnes.every((one) => one.sessions() > 0))
    const load = stage.load(people.slice(0, 3), channels, { paceMs: 5, text: () => 'x'.repeat(7_000) })
    await delay(500)
    for (const one of slowOnes) one.pause()
    stage.fault('two clients stop reading')
    const before = await sentAway()
    await stage.until('them to be sent away', async () => (await sentAway()) >= before + slowOnes.length, 30_000)
    await load.stop()
    stage.fault('they read again')
    for (const one of slowOnes) one.resume()
    await stage.until('them to connect again', () => slowOnes.every((one) => one.sessions() > 1))
  },
}

export const peopleScenarios = [removal, slow]

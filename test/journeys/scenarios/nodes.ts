import { setTimeout as delay } from 'node:timers/promises'
import { fillStage, type Scenario } from '../scenario.ts'

const calm: Scenario = {
  name: 'calm',
  what: 'Nothing: three nodes under load, two readers that come and go',
  async play(stage, { brief }) {
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage)
    const load = stage.load(people, channels)
    await delay(brief ? 2_000 : 5_000)
    await load.stop()
  },
}

const kill: Scenario = {
  name: 'kill',
  what: 'kill -9 of a node in the middle of sends, again and again',
  async play(stage, { brief }) {
    const { people, channels } = await fillStage(stage)
    const random = stage.random('kill')
    const load = stage.load(people, channels, { lanes: 3, paceMs: 30 })
    for (const name of brief ? ['b'] : ['b', 'c', 'a', random.pick(['a', 'b', 'c'])]) {
      await delay(random.between(500, 1_500))
      await stage.kill(name)
      await delay(random.between(200, 800))
      await stage.start(name)
    }
    await delay(500)
    await load.stop()
  },
}

const unpublished: Scenario = {
  name: 'death before publishing',
  what: 'A node commits and acknowledges, what it publishes gets nowhere, and it is killed',
  async play(stage, { brief }) {
    // What nobody published comes with a sweep, to whoever is connected.
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage)
    const random = stage.random('unpublished')
    for (let round = 0; round < (brief ? 1 : 3); round++) {
      stage.door('b').pause()
      stage.fault('b publishes into the void')
      const load = stage.load(people, channels, { paceMs: 10, nodes: ['b'] })
      await delay(random.between(300, 1_200))
      // Whatever is under way is finished by other nodes.
      await stage.kill('b')
      await load.stop()
      // What waited in the door is gone with the connection.
      stage.door('b').cut()
      stage.door('b').resume()
      await stage.start('b')
    }
  },
}

const rolling: Scenario = {
  name: 'rolling restart',
  what: 'SIGTERM to one node after the other, a new one beside it first',
  async play(stage, { brief }) {
    const { people, channels } = await fillStage(stage)
    const load = stage.load(people, channels)
    for (const [old, next] of brief
      ? [['a', 'd']]
      : [
          ['a', 'd'],
          ['b', 'e'],
          ['c', 'f'],
        ]) {
      await stage.start(next!)
      await stage.stop(old!)
    }
    await load.stop()
    await stage.until('sockets to be told 1012', () =>
      stage.history.entries.some((entry) => entry.type === 'broken' && entry.why.startsWith('1012')),
    )
  },
}

export const nodeScenarios = [calm, kill, unpublished, rolling]

import type { EmbeddedPostgres } from '../../src/embedded/postgres.ts'
import type { Door } from '../support/door.ts'
import type { Channel, Person } from './sender.ts'
import type { Stage } from './stage.ts'

/** The ways to the database, to put faults there: each node comes through a door of its own. */
export type DatabaseFaults = {
  postgres: EmbeddedPostgres
  /** Straight to it. */
  url: string
  /** Of a node that was started. */
  door(node: string): Door
  doors(): Door[]
  /** How a node comes to it. */
  wayOf(node: string): Promise<string>
}

export type Scenario = {
  name: string
  /** What is done to the nodes. */
  what: string
  /** Needs a PostgreSQL of its own, and is given the way to it. */
  breaksDatabase?: true
  /** `brief`: as short as makes sense. */
  play(stage: Stage, how: { brief: boolean; database: DatabaseFaults | null }): Promise<void>
}

/** Three nodes; three people who send, read on a node each, and read their inbox; a fourth who comes and goes. */
export async function fillStage(
  stage: Stage,
  { wandering = true } = {},
): Promise<{ people: readonly [Person, Person, Person, Person]; channels: [Channel, Channel] }> {
  // The first one migrates an empty database.
  await stage.start('a')
  await Promise.all([stage.start('b'), stage.start('c')])
  const people = await stage.people('ann', 'bob', 'cem', 'dan')
  const [ann, bob, cem, dan] = people
  const channels: [Channel, Channel] = [
    await stage.channel('busy', ann, people.slice(1)),
    await stage.channel('quiet', bob, [ann, cem, dan]),
  ]
  const [busy, quiet] = channels
  await Promise.all([
    stage.read('channel', ann, [busy], { home: 'a' }),
    stage.read('channel', bob, [busy], { home: 'b' }),
    stage.read('channel', cem, [busy], { home: 'c' }),
    stage.read('channel', bob, [quiet], { home: 'a' }),
    stage.read('inbox', ann, channels, { home: 'a' }),
    stage.read('inbox', bob, channels, { home: 'b' }),
    stage.read('inbox', cem, channels, { home: 'c' }),
  ])
  if (wandering) {
    await stage.read('channel', dan, [busy], { leavesMs: 1_500 })
    await stage.read('inbox', dan, channels, { leavesMs: 1_500 })
  }
  return { people, channels }
}

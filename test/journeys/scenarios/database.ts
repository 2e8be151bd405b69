import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sayLate } from '../../support/late.ts'
import { keyOf } from '../../support/seed.ts'
import { fillStage, type Scenario } from '../scenario.ts'
import type { Person } from '../sender.ts'
import type { Stage } from '../stage.ts'
import { ask } from '../wire.ts'

const crash: Scenario = {
  name: 'PostgreSQL crash',
  what: 'PostgreSQL is killed under load (kill -9, or an immediate shutdown) and comes back by its log',
  breaksDatabase: true,
  async play(stage, { brief }) {
    const { people, channels } = await fillStage(stage)
    const random = stage.random('crash')
    const load = stage.load(people, channels)
    const [{ data_directory: data } = { data_directory: '' }] = await stage.rows<{ data_directory: string }>('SHOW data_directory')
    for (const signal of brief ? (['SIGQUIT'] as const) : (['SIGQUIT', 'SIGKILL', 'SIGQUIT'] as const)) {
      await delay(random.between(800, 2_000))
      const began = await startedAt(stage)
      const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')
      stage.fault(`${signal} to PostgreSQL`)
      process.kill(Number(pid), signal)
      await stage.until('PostgreSQL to be back', async () => (await startedAt(stage).catch(() => began)) !== began, 30_000)
      stage.fault('PostgreSQL is back')
    }
    await delay(1_500)
    await load.stop()
  },
}

async function startedAt(stage: Stage): Promise<string> {
  const [row] = await stage.rows<{ at: string }>('SELECT pg_postmaster_start_time()::text AS at')
  return row!.at
}

const swallowed: Scenario = {
  name: 'PostgreSQL swallowed',
  what: 'The network to PostgreSQL swallows everything: senders give up, try again, and what waited is let through',
  breaksDatabase: true,
  async play(stage, { brief, database }) {
    const { people, channels } = await fillStage(stage)
    const random = stage.random('swallowed')
    const load = stage.load(people, channels, { lanes: 2 })
    for (let round = 0; round < (brief ? 1 : 2); round++) {
      await delay(random.between(500, 1_500))
      stage.fault('nothing passes between the nodes and PostgreSQL')
      for (const door of database!.doors()) door.pause()
      await delay(brief ? 4_500 : random.between(4_500, 7_000))
      for (const door of database!.doors()) door.resume()
      stage.fault('all passes again')
    }
    await delay(500)
    for (const door of database!.doors()) door.cut()
    stage.fault('every connection to PostgreSQL is cut')
    await delay(500)
    await load.stop()
  },
}

const goneForOne: Scenario = {
  name: 'PostgreSQL gone for b',
  what: 'The network between one node and PostgreSQL swallows everything, for longer than anything waits; the others go on',
  breaksDatabase: true,
  async play(stage, { brief, database }) {
    // What b has written and could not tell is a hole there, which is read when PostgreSQL is back.
    stage.limit(5_000, 'b')
    const { people, channels } = await fillStage(stage)
    const [ann, bob, cem, dan] = people
    const random = stage.random('gone for b')
    const loads = [
      stage.load([ann, cem], channels, { nodes: ['a', 'c'] }),
      stage.load([bob], channels, { nodes: ['b'], lanes: 3, patienceMs: answersMs }),
      stage.load([dan], channels),
    ]
    await delay(random.between(500, 1_500))
    stage.fault('nothing passes between b and PostgreSQL')
    database!.door('b').pause()
    const told = isToldAt(stage, 'b', bob)
    const late = await stage.read('channel', bob, [channels[0]], { home: 'b' })
    await stage.until('b to be not ready', async () => (await stage.readiness('b')) === 'PostgreSQL does not answer.')
    if ((await stage.readiness('a')) !== 'ok') throw new Error('a is not ready, either.')
    const before = stage.acknowledged(['a', 'c'])
    await stage.until('the others to go on', () => stage.acknowledged(['a', 'c']) > before + 20)
    await told
    await stage.until('who connects to b to be told and to go elsewhere', () => late.sessions() > 1)
    await delay(brief ? 0 : random.between(4_000, 8_000))
    database!.door('b').resume()
    stage.fault('all passes again')
    await stage.until('b to be ready', async () => (await stage.readiness('b')) === 'ok')
    const back = stage.acknowledged(['b'])
    await stage.until('b to take messages', () => stage.acknowledged(['b']) > back + 20)
    await Promise.all(loads.map((load) => load.stop()))
  },
}

/** A server that takes longer to say that something is away keeps its clients in the dark. */
const answersMs = 12_000

/** Whoever asks a node that has no database is told so, and in time. */
async function isToldAt(stage: Stage, name: string, { token }: Person): Promise<void> {
  const asked = [
    '{ viewer { channels { edges { node { name } } } } }',
    'mutation { updateProfile(input: { bio: "here" }) { __typename } }',
    'mutation { createChannel(input: { kind: GROUP, name: "new", memberIds: [] }) { __typename } }',
  ]
  for (const query of asked) {
    const { data, errors } = await ask(stage.node(name).url, token, query, {}, answersMs)
    if (!errors?.some(({ extensions }) => /^(SERVICE_UNAVAILABLE|TIMEOUT)$/.test(extensions?.code ?? '')))
      throw new Error(`${name} has no database and answered ${query} with ${JSON.stringify({ data, errors })}`)
  }
}

const slow: Scenario = {
  name: 'PostgreSQL slow',
  what: 'Whatever goes to PostgreSQL and comes from it takes 150 ms and up to 100 ms more',
  breaksDatabase: true,
  async play(stage, { brief, database }) {
    stage.limit(10_000)
    const { people, channels } = await fillStage(stage)
    const load = stage.load(people, channels, { lanes: 4, patienceMs: answersMs })
    await delay(500)
    for (const door of database!.doors()) door.slow(150, 100)
    stage.fault('the way to PostgreSQL takes 150 to 250 ms')
    await delay(brief ? 3_000 : 18_000)
    for (const door of database!.doors()) door.slow(0)
    stage.fault('it is quick again')
    await delay(500)
    await load.stop()
  },
}

const late: Scenario = {
  name: 'late commit',
  what: 'Transactions that took their number early commit late, and nobody publishes what they wrote',
  async play(stage, { brief }) {
    stage.limit(5_000)
    const { people, channels } = await fillStage(stage)
    const [busy, quiet] = channels
    const random = stage.random('late')
    const load = stage.load(people, [busy])
    const [ann] = people
    await stage.until('something to edit', () => stage.history.entries.some((entry) => entry.type === 'got' && entry.channel === busy.name))
    for (let round = 0; round < (brief ? 1 : 3); round++) {
      const said = `late ${round}`
      const key = randomUUID()
      stage.history.add({ type: 'sending', key, by: ann.handle, channel: quiet.name, text: said })
      const { client, seq } = await sayLate(stage.databaseUrl, quiet.key, { senderId: keyOf(ann.id), text: said, clientId: key })
      const edited = `edited late ${round}`
      const changed = await client.query<{ version: number }>(
        'UPDATE messages SET text = $2, edited_at = now() WHERE channel_id = $1 AND seq = 1 RETURNING version',
        [busy.key, edited],
      )
      stage.fault(`a transaction has written ${quiet.name} ${seq} and busy 1`)
      await delay(random.between(2_500, 5_000))
      await client.query('COMMIT')
      stage.fault('it commits')
      stage.history.add({ type: 'acknowledged', key, seq: seq, replayed: false, node: 'database' })
      stage.history.add({ type: 'edited', channel: busy.name, seq: 1, version: changed.rows[0]!.version, text: edited })
      await client.end()
      await delay(200)
    }
    await load.stop()
  },
}

export const databaseScenarios = [crash, swallowed, goneForOne, slow, late]

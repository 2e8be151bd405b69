import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sayLate } from '../../support/late.ts'
import { keyOf } from '../../support/seed.ts'
import { fillStage, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

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
      database!.door.pause()
      await delay(brief ? 4_500 : random.between(4_500, 7_000))
      database!.door.resume()
      stage.fault('all passes again')
    }
    await delay(500)
    database!.door.cut()
    stage.fault('every connection to PostgreSQL is cut')
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

export const databaseScenarios = [crash, swallowed, late]

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { makeDirectory } from '../support/directory.ts'
import { type Door, openDoor } from '../support/door.ts'
import { keptLog } from '../support/log.ts'
import { check, type Violation, waits } from './check.ts'
import type { Entry } from './history.ts'
import type { DatabaseFaults, Scenario } from './scenario.ts'
import { openStage, type Stage } from './stage.ts'

type Options = {
  seed: number
  brief: boolean
  /** Keeps the history in any case. */
  keeps?: boolean
  /** An empty database; for scenarios that break it one is made. */
  createDatabase: () => Promise<{ url: string; drop(): Promise<void> }>
}

export type Outcome = {
  violations: Violation[]
  /** Where the history is kept, where it is. */
  kept: string | null
  sent: number
  retried: number
  delivered: number
  connections: number
  longestMs: number
  tookMs: number
}

/** Plays one scenario and holds its history against what is promised. */
export async function play(scenario: Scenario, { seed, brief, keeps = false, createDatabase }: Options): Promise<Outcome> {
  const closing = new AsyncDisposableStack()
  const began = performance.now()
  let stage: Stage | undefined
  let entries: Entry[] = []
  let violations: Violation[]
  try {
    const database = scenario.breaksDatabase ? await breakable(closing) : null
    const { url: databaseUrl, drop } = database ? { url: database.url, drop: async () => {} } : await createDatabase()
    closing.defer(drop)
    const opened = await openStage({ seed, databaseUrl, wayToDatabase: database?.wayOf })
    stage = opened
    closing.defer(() => opened.close())
    await scenario.play(stage, { brief, database })
    entries = await stage.settle()
    violations = check(entries)
    if (entries.every(({ type }) => type !== 'got')) violations.push({ promise: 'something is tried', what: 'nobody got anything', at: 0 })
  } catch (error) {
    entries = stage?.history.entries ?? []
    violations = [{ promise: 'the scenario runs', what: error instanceof Error ? (error.stack ?? error.message) : String(error), at: 0 }]
  }
  const kept = violations.length > 0 || keeps ? await keep(scenario, seed, entries, violations, stage) : null
  await closing.disposeAsync()
  const count = (type: Entry['type']) => entries.filter((entry) => entry.type === type).length
  return {
    violations,
    kept,
    sent: count('acknowledged'),
    retried: count('unknown'),
    delivered: count('got'),
    connections: count('opened'),
    longestMs: waits(entries).reduce((most, { ms }) => Math.max(most, ms), 0),
    tookMs: performance.now() - began,
  }
}

/** A PostgreSQL of one's own that keeps what it has committed, and doors in front of it. */
async function breakable(closing: AsyncDisposableStack): Promise<DatabaseFaults> {
  const directory = await makeDirectory()
  closing.defer(directory.remove)
  const postgres = await startEmbeddedPostgres({ dataDir: directory.path, log: keptLog(), maxConnections: 60 })
  closing.defer(postgres.stop)
  const { hostname: host, port } = new URL(postgres.url)
  const doors = new Map<string, Door>()
  closing.defer(() => Promise.all(doors.values().map((door) => door.close())).then(() => {}))
  return {
    postgres,
    url: postgres.url,
    door: (node) => doors.get(node)!,
    doors: () => [...doors.values()],
    async wayOf(node) {
      const door = doors.get(node) ?? (await openDoor({ host, port: Number(port) }))
      doors.set(node, door)
      const its = new URL(postgres.url)
      its.port = String(door.port)
      return its.href
    },
  }
}

/** The history as lines of JSON, with what the nodes said beside it. */
async function keep({ name }: Scenario, seed: number, entries: readonly Entry[], violations: readonly Violation[], stage?: Stage) {
  const directory = await mkdtemp(join(tmpdir(), `parley-history-${name.replaceAll(/\W+/g, '-')}-${seed}-`))
  const file = join(directory, 'history.jsonl')
  await writeFile(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  await writeFile(join(directory, 'violations.jsonl'), violations.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const said = stage?.everyNode().map(({ name, log }, index) => writeFile(join(directory, `node-${index}-${name}.log`), log.join('\n')))
  await Promise.all(said ?? [])
  return file
}

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { createClient } from '../support/client.ts'
import { makeDirectory } from '../support/directory.ts'
import { mutate, type Outcome } from '../support/people.ts'
import { type RedisDoor, startRedis, type TestRedis } from '../support/redis.ts'
import { check } from './check.ts'
import { createHistory, type Entry } from './history.ts'
import { type Node, startNode } from './node.ts'
import { createRandom } from './random.ts'
import { type Reader, startReader } from './reader.ts'
import { type Channel, type Person, startSender } from './sender.ts'

type Options = {
  seed: number
  /** Where the truth is, straight. */
  databaseUrl: string
  /** How a node comes to it. */
  wayToDatabase?: (node: string) => Promise<string>
}

type ReaderOptions = { home?: string; leavesMs?: number; copies?: number }
type LoadOptions = { paceMs?: number; lanes?: number; text?: () => string; nodes?: readonly string[]; patienceMs?: number }

const password = 'correct horse battery'
const settlesMs = 20_000
/** Longer than a sweep and the one after: what would come twice has come. */
const calmMs = 1_500

/** Nodes on one database and one Redis, people who send and read, and the history of what they saw. */
export async function openStage({ seed, databaseUrl, wayToDatabase = async () => databaseUrl }: Options) {
  const closing = new AsyncDisposableStack()
  const history = createHistory()
  const running = new Map<string, Node>()
  const everyNode: Node[] = []
  const doors = new Map<string, RedisDoor>()
  const readers: Reader[] = []
  let named = 0
  const channels: Channel[] = []
  const random = (name: string) => createRandom([...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed))
  const where = random('where')

  const redis: TestRedis = await startRedis()
  closing.defer(() => redis.close())
  const directory = await makeDirectory()
  closing.defer(() => directory.remove())

  /** `past`: another way to Redis than its own door. */
  async function start(name: string, past?: string): Promise<Node> {
    let door = doors.get(name)
    if (!door) doors.set(name, (door = await redis.door()))
    const redisUrl = past ?? door.url
    const node = await startNode({ name, dataDir: join(directory.path, name), databaseUrl: await wayToDatabase(name), redisUrl })
    running.set(name, node)
    everyNode.push(node)
    return node
  }
  closing.defer(() => Promise.all(everyNode.map((node) => node.kill())).then(() => {}))
  closing.defer(() => Promise.all(readers.map((reader) => reader.stop())).then(() => {}))

  const node = (name: string): Node => running.get(name)!
  const anyNode = (among: readonly string[] = []): Node => {
    const fit = [...running.values()].filter(({ name }) => among.length === 0 || among.includes(name))
    return where.pick(fit.length > 0 ? fit : [...running.values()])
  }
  async function rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client(databaseUrl)
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  /** Does something until it is answered, by a signed-in person or by nobody yet. `done` are refusals that say that it is done already. */
  async function insist(
    field: string,
    input: () => object,
    { by, done = [], payload, at = anyNode }: { by?: Person; done?: readonly string[]; payload?: string; at?: () => Node } = {},
  ): Promise<Outcome> {
    for (const since = performance.now(); performance.now() - since < settlesMs; await delay(100)) {
      // Without an answer it is tried again.
      const outcome = await mutate(createClient(at().url, { token: by?.token }), field, input(), payload).catch(() => null)
      if (outcome && (!outcome.code || done.includes(outcome.code))) return outcome
      if (outcome) throw new Error(`${field} was refused: ${outcome.reason}`)
    }
    throw new Error(`${field} was not answered.`)
  }

  async function stored(): Promise<Entry[]> {
    const found = await rows<{ channel_id: string; seq: number; version: number; client_id: string | null; text: string }>(
      'SELECT channel_id, seq, version, client_id, text FROM messages WHERE channel_id = ANY($1) ORDER BY channel_id, seq',
      [channels.map(({ key }) => key)],
    )
    const names = new Map(channels.map(({ key, name }) => [key, name]))
    return found.map(({ channel_id: key, seq, version, client_id, text }) => ({
      at: 0,
      type: 'stored',
      channel: names.get(key)!,
      seq,
      version,
      key: client_id,
      text,
    }))
  }

  const still = new Set(['nothing is missed', 'the highest version is the truth', 'the end is told'])

  return {
    history,
    random,
    redis,
    databaseUrl,
    start,
    node,
    rows,
    nodes: () => [...running.values()],
    everyNode: () => everyNode,
    door: (name: string): RedisDoor => doors.get(name)!,
    fault: (what: string) => history.add({ type: 'fault', what }),
    limit: (ms: number, butAt?: string) => history.add({ type: 'limit', ms, butAt }),

    async kill(name: string): Promise<void> {
      history.add({ type: 'fault', what: `kill -9 of ${name}` })
      await node(name).kill()
      // Those who send don't know at once.
      await delay(100)
      running.delete(name)
    },
    /** SIGTERM. While it goes it still takes what it is asked. */
    async stop(name: string): Promise<void> {
      history.add({ type: 'fault', what: `SIGTERM to ${name}` })
      const code = await node(name).stop()
      running.delete(name)
      history.add({ type: 'fault', what: `${name} ended with ${code}` })
      if (code !== 0) throw new Error(`${name} ended with ${code} on SIGTERM.`)
    },

    async people<const Handles extends readonly string[]>(...handles: Handles): Promise<{ [Place in keyof Handles]: Person }> {
      const made = handles.map(async (handle): Promise<Person> => {
        const input = () => {
          const unique = `${handle}_${randomBytes(4).toString('hex')}`
          return { handle: unique, email: `${unique}@example.org`, password }
        }
        const outcome = await insist('signUp', input, { payload: 'token viewer { user { id } }' })
        const { token, viewer } = outcome as unknown as { token: string; viewer: { user: { id: string } } }
        return { handle, id: viewer.user.id, token }
      })
      return (await Promise.all(made)) as { [Place in keyof Handles]: Person }
    },
    async channel(name: string, owner: Person, members: readonly Person[]): Promise<Channel> {
      const input = { kind: 'GROUP', name, memberIds: members.map(({ id }) => id) }
      const outcome = await insist('createChannel', () => input, { by: owner, payload: 'channel { id }' })
      const { id } = outcome.channel as { id: string }
      const channel = { name, id, key: Buffer.from(id, 'base64url').toString().replace(/^\w+:/, '') }
      channels.push(channel)
      return channel
    },

    /** The first connection goes to its home. */
    async read(kind: 'channel' | 'inbox', person: Person, among: readonly Channel[], options: ReaderOptions = {}): Promise<Reader> {
      const name = `${kind} ${person.handle} ${++named}`
      const { home } = options
      // An inbox asks for its cursor first.
      let atHome = kind === 'inbox' ? 2 : 1
      const reader = await startReader({
        name,
        kind,
        person,
        channels: among,
        history,
        random: random(name),
        node: () => (home && atHome-- > 0 && running.has(home) ? node(home) : anyNode()),
        ...options,
      })
      readers.push(reader)
      return reader
    },
    /** Everyone sends to all channels until it is stopped. */
    load(people: readonly Person[], among: readonly Channel[], { paceMs = 60, lanes = 1, text, nodes, patienceMs }: LoadOptions = {}) {
      const senders = people.flatMap((person) =>
        Array.from({ length: lanes }, (_, lane) =>
          startSender({
            person,
            channels: among,
            node: () => anyNode(nodes),
            random: random(`${person.handle} ${lane}`),
            history,
            paceMs,
            text,
            patienceMs,
          }),
        ),
      )
      return {
        stop: () => Promise.all(senders.map((sender) => sender.stop())).then(() => {}),
        sent: () => senders.reduce((sum, sender) => sum + sender.sent(), 0),
      }
    },
    /** How many messages these nodes have acknowledged. */
    acknowledged: (nodes: readonly string[]): number =>
      history.entries.filter((entry) => entry.type === 'acknowledged' && nodes.includes(entry.node)).length,
    /** By its owner, asked of one node or of any. */
    async remove(owner: Person, person: Person, channel: Channel, at?: string): Promise<void> {
      const input = { channelId: channel.id, userId: person.id }
      await insist('removeMember', () => input, { by: owner, done: ['NOT_FOUND'], at: () => anyNode(at ? [at] : []) })
      const [notice] = await rows<{ seq: number }>(
        `SELECT max(seq) AS seq FROM messages WHERE channel_id = $1 AND kind = 'SYSTEM' AND text LIKE '% removed %'`,
        [channel.key],
      )
      history.add({ type: 'removed', person: person.handle, channel: channel.name, seq: notice!.seq })
    },

    /** Waits for a fact. */
    async until(what: string, fact: () => boolean | Promise<boolean>, patienceMs = 15_000): Promise<void> {
      for (const since = performance.now(); !(await fact()); await delay(50))
        if (performance.now() - since > patienceMs) throw new Error(`Waited ${patienceMs} ms in vain: ${what}.`)
    },
    /** What a node says on /readyz. */
    async readiness(name: string): Promise<string> {
      return (await (await fetch(`${node(name).url}/readyz`)).text()).trim()
    },
    /** What a node says of itself on /metrics: the sum of what begins with this. */
    async metric(name: string, metric: string): Promise<number> {
      const text = await (await fetch(`${node(name).url}/metrics`)).text()
      const values = text.split('\n').filter((line) => line.startsWith(metric))
      return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
    },

    /** Until every reader knows everything, or will not; and then a little longer. Resolves with the whole history. */
    async settle(): Promise<Entry[]> {
      const truth = await stored()
      const waiting = () => check([...history.entries, ...truth]).some(({ promise }) => still.has(promise))
      for (const since = performance.now(); waiting() && performance.now() - since < settlesMs; ) await delay(100)
      await delay(calmMs)
      return [...history.entries, ...(await stored())]
    },
    close: () => closing.disposeAsync(),
  }
}

export type Stage = Awaited<ReturnType<typeof openStage>>

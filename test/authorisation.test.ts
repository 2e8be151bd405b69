import { type GraphQLObjectType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../src/graphql/schema.ts'
import { rows } from './authorisation/rows.ts'
import { createScene, type Scene } from './authorisation/scene.ts'
import { type Call, type Outcome, type Role, roles } from './authorisation/table.ts'
import { createClient } from './support/client.ts'
import { openStream } from './support/event-stream.ts'
import { connect, type Payload } from './support/socket.ts'
import { createWorld, type World } from './support/world.ts'

let world: World
const announced: { topic: string; payload: unknown }[] = []

beforeAll(async () => {
  world = await createWorld()
  const { bus } = world.app
  const { publish } = bus
  bus.publish = (topic, payload) => {
    // Whoever connects is there, whatever they may; and typing of an earlier case ends by itself.
    const { type, typing } = payload as { type?: string; typing?: boolean }
    if (type !== 'PresenceChanged' && typing !== false) announced.push({ topic, payload })
    return publish(topic, payload)
  }
})
afterAll(() => world.stop())

const rootTypes = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter((type) => isObjectType(type))
const fieldsOf = (type: GraphQLObjectType) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`)

it('every root field has a row, for those signed out and for a stranger at least, and every row has a field', () => {
  const listed = new Map<string, Set<Role>>()
  for (const { field, outcomes } of rows) listed.set(field, new Set([...(listed.get(field) ?? []), ...(Object.keys(outcomes) as Role[])]))
  const fields = rootTypes.flatMap(fieldsOf)
  expect(fields.filter((field) => !listed.get(field)?.has('signedOut') || !listed.get(field)?.has('stranger'))).toEqual([])
  expect([...listed.keys()].filter((field) => !fields.includes(field))).toEqual([])
})

/** Where a query may leave something behind, because a session was used: what else there is, must stay. */
const stable: Record<string, string> = { sessions: 'concat(id, token_hash, user_id, created_at, user_agent, ip_address)' }
let measure: Promise<string> | undefined

/** One statement that looks at every table. */
async function measurement(): Promise<string> {
  const { rows: tables } = await world.app.database.pool.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
  )
  const each = tables.map(({ name }) => {
    const newest = stable[name] ? `sum(hashtextextended(${stable[name]}, 0))` : 'max(xmin::text::bigint)'
    return `SELECT '${name}' AS name, concat(count(*), ' ', ${newest}) AS trace FROM "${name}"`
  })
  return each.join(' UNION ALL ')
}

/** How many rows each table has, and the newest transaction that wrote one of them: nothing comes, changes or goes without a trace. */
async function contents(): Promise<Record<string, string>> {
  const { rows: traces } = await world.app.database.pool.query<{ name: string; trace: string }>(await (measure ??= measurement()))
  return Object.fromEntries(traces.map(({ name, trace }) => [name, trace]))
}

type Answer = Pick<Payload, 'data' | 'errors'>

const wires: Record<string, (scene: Scene, call: Call) => Promise<Answer>> = {
  http: async ({ actor }, { document, variables }) => {
    const { data, errors } = await createClient(world.url, { token: actor?.token }).send(document, variables)
    return { data, errors }
  },
  ws: async ({ actor }, { document, variables }) => {
    const socket = actor ? await actor.connect() : await (await connect(world.url)).init()
    const { data, errors } = await socket.run(document, variables)
    await socket.close()
    return { data, errors }
  },
}

/** A subscription's first answer, be it an event or a refusal. */
const liveWires: typeof wires = {
  ws: async ({ actor }, { document, variables, meanwhile }) => {
    const socket = actor ? await actor.connect() : await (await connect(world.url)).init()
    const id = socket.start(document, variables)
    const { type, payload } = await during(meanwhile, () => socket.nextOf(id))
    await socket.close()
    return type === 'error' ? { errors: payload as unknown as Payload['errors'] } : payload!
  },
  sse: async ({ actor }, { document, variables, meanwhile }) => {
    const stream = await openStream(world.url, { query: document, variables }, { token: actor?.token })
    const { data } = await during(meanwhile, () => stream.next())
    stream.close()
    return data!
  },
}

async function during<Answered>(meanwhile: Call['meanwhile'], wait: () => Promise<Answered>): Promise<Answered> {
  let waiting = true
  const answered = wait().finally(() => (waiting = false))
  while (waiting && meanwhile) await meanwhile()
  return answered
}

function outcomeOf({ data, errors }: Answer, name: string): Outcome {
  if (errors) return errors[0]!.extensions.code as Outcome
  const value = data![name] as { code?: Outcome } | unknown[] | null
  if (value === null || (Array.isArray(value) && value.every((each) => each === null))) return 'null'
  return (Array.isArray(value) ? undefined : value.code) ?? 'allowed'
}

const named = rows.map((row) => ({ ...row, title: [row.field, row.about].filter(Boolean).join(', ') }))

describe.each(named)('$title', ({ field, outcomes, call }) => {
  const name = field.replace(/^\w+\./, '')
  const cases = roles.flatMap((role) => (outcomes[role] ? [{ role, expected: outcomes[role] }] : []))

  for (const [wire, ask] of Object.entries(field.startsWith('Subscription.') ? liveWires : wires)) {
    it.each(cases)(`$role, over ${wire}: $expected`, async ({ role, expected }) => {
      const scene = await createScene(world, role)
      const asked = await call(scene)
      const answered = async () => {
        const answer = await ask(scene, expected === 'allowed' ? asked : { ...asked, meanwhile: undefined })
        expect({ outcome: outcomeOf(answer, name), answer }).toMatchObject({ outcome: expected })
        return answer
      }
      if (expected === 'allowed') return void (await answered())

      await world.app.settled()
      const before = { contents: await contents(), mails: world.mails.length, messages: world.messages.length }
      announced.length = 0
      const answer = await answered()
      await world.app.settled()
      expect(JSON.stringify(answer)).not.toContain(scene.secret)
      expect({ contents: await contents(), mails: world.mails.length, messages: world.messages.length }).toEqual(before)
      expect(announced).toEqual([])
    })
  }
})

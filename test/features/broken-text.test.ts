import {
  type GraphQLArgument,
  type GraphQLInputField,
  GraphQLObjectType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { rows } from '../authorisation/rows.ts'
import { createScene } from '../authorisation/scene.ts'
import { roles } from '../authorisation/table.ts'
import { createWorld, type World } from '../support/world.ts'

// Text that PostgreSQL can't hold, or nobody would want to, never gets past a room: not in any argument of any root field. The
// calls that are known to be allowed come from the authorisation table; in each of their texts something is broken in turn.

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const broken: [string, Breaking][] = [
  ['NUL', (text) => `${text}\0`],
  ['a lone surrogate', (text) => `\ud800${text}`],
  ['sixty thousand characters', (text) => `${text}${'x'.repeat(60_000)}`],
]

type Breaking = (text: string) => string
type Variables = Record<string, unknown>
type Arg = GraphQLArgument | GraphQLInputField

const texts = new Set(['String', 'ID', 'UUID', 'StreamCursor', 'DateTime'])
const isListed = ({ type }: Arg) => isListType(getNullableType(type))

/** Every place in the variables of a field where a text can stand, given in the call or not. */
function placesIn(
  args: readonly Arg[],
  at: readonly Arg[] = [],
): { path: string; put: (variables: Variables, breaking: Breaking) => void }[] {
  return args.flatMap((arg) => {
    const named = getNamedType(arg.type)
    if (isInputObjectType(named)) return placesIn(Object.values(named.getFields()), [...at, arg])
    if (!texts.has(named.name)) return []
    const put = (variables: Variables, breaking: Breaking) => {
      let holder = variables
      for (const step of at) {
        const inner = (holder[step.name] ??= isListed(step) ? [{}] : {})
        holder = (Array.isArray(inner) ? inner[0] : inner) as Variables
      }
      const given = [holder[arg.name]].flat()[0]
      const text = breaking(typeof given === 'string' ? given : '')
      holder[arg.name] = isListed(arg) ? [text] : text
    }
    return [{ path: [...at, arg].map(({ name }) => name).join('.'), put }]
  })
}

const fieldOf = (path: string) => {
  const [type, name] = path.split('.') as [string, string]
  const parent = schema.getType(type)
  return parent instanceof GraphQLObjectType ? parent.getFields()[name] : undefined
}

const cases = rows.flatMap((row) => {
  const role = roles.findLast((role) => row.outcomes[role] === 'allowed')
  if (!role || row.field.startsWith('Subscription.')) return []
  const places = placesIn(fieldOf(row.field)?.args ?? [])
  const title = [row.field, row.about].filter(Boolean).join(', ')
  return places.flatMap(({ path, put }) =>
    broken.map(([what, breaking]) => ({ title, row, role, path, what, spoil: (variables: Variables) => put(variables, breaking) })),
  )
})

it.each(cases)('$title: $path with $what is refused', async ({ row, role, spoil }) => {
  const scene = await createScene(world, role)
  const { document, variables } = await row.call(scene)
  const spoilt = structuredClone(variables ?? {})
  spoil(spoilt)
  const { data, errors } = await scene.actor!.client.send<Record<string, { code?: string } | unknown[] | null>>(document, spoilt)
  const value = data?.[row.field.replace(/^\w+\./, '')]
  const found = [value].flat().some((each) => each !== null)
  const code = errors?.[0]?.extensions.code ?? (found ? (value as { code?: string }).code : 'nothing')
  expect({ code, errors }).toMatchObject({ code: expect.stringMatching(/^(INVALID_INPUT|NOT_FOUND|BAD_REQUEST|nothing)$/) })
})

import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { getDatamodel } from '../../src/generated/pothos.ts'
import { createDatabase, type TestDatabase } from '../support/postgres.ts'

// The schema and the migrations are both written by hand. What one says of a column, the other must have made.

type Column = { column: string; type: string; nullable: boolean }

const { models } = getDatamodel().datamodel
type Model = (typeof models)[string]
const source = readFileSync('prisma/schema.prisma', 'utf8')
const tables = Object.fromEntries([...source.matchAll(/^model (\w+) \{[^}]*@@map\("(\w+)"\)/gm)].map(([, model, table]) => [model, table]))
const typeNames: Record<string, string> = {
  bool: 'Boolean',
  bytea: 'Bytes',
  float8: 'Float',
  int2: 'Int',
  int4: 'Int',
  int8: 'BigInt',
  jsonb: 'Json',
  text: 'String',
  timestamptz: 'DateTime',
  uuid: 'String',
}

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await createDatabase()
  client = new pg.Client(database.url)
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const said = ({ fields }: Model): Column[] =>
  fields
    .filter(({ kind }) => kind !== 'object')
    .map(({ name, kind, type, isRequired, isList }) => ({
      column: snake(name),
      type: `${kind === 'enum' ? 'enum' : type}${isList ? '[]' : ''}`,
      nullable: !isRequired,
    }))

async function made(table: string | undefined): Promise<(Column & { filled: boolean })[]> {
  const { rows } = await client.query<{ name: string; kind: string; type: string; nullable: string; filled: boolean }>(
    `SELECT column_name AS name, data_type AS kind, ltrim(udt_name, '_') AS type, is_nullable AS nullable,
            column_default IS NOT NULL OR is_generated = 'ALWAYS' AS filled
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`,
    [table],
  )
  return rows.map(({ name, kind, type, nullable, filled }) => ({
    column: name,
    type: `${kind === 'USER-DEFINED' ? 'enum' : (typeNames[type] ?? type)}${kind === 'ARRAY' ? '[]' : ''}`,
    nullable: nullable === 'YES',
    filled,
  }))
}

it.each(Object.entries(models))('%s is made as it is said', async (name, model) => {
  const expected = said(model)
  const columns = await made(tables[name])
  const known = new Set(expected.map(({ column }) => column))
  expect(columns.filter(({ column }) => known.has(column)).map(({ column, type, nullable }) => ({ column, type, nullable }))).toEqual(
    expect.arrayContaining(expected),
  )
  const needed = columns.filter(({ column, nullable, filled }) => !known.has(column) && !nullable && !filled)
  expect(needed, 'columns that must be filled and that Prisma does not know').toEqual([])
})

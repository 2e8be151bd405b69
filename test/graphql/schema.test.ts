import { execFile } from 'node:child_process'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import {
  isIntrospectionType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  validateSchema,
  visit,
} from 'graphql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { makeDirectory } from '../support/directory.ts'

let directory: Awaited<ReturnType<typeof makeDirectory>>
beforeEach(async () => void (directory = await makeDirectory()))
afterEach(() => directory.remove())

const printed = `${printSchema(lexicographicSortSchema(schema))}\n`
const committed = (text: string) => writeFile(join(directory.path, 'schema.graphql'), text)
const written = (file: string) => readFile(join(directory.path, file), 'utf8')

/** The script as `npm run schema` runs it, elsewhere. */
async function script(...args: string[]): Promise<{ code: number; said: string }> {
  const run = promisify(execFile)(process.execPath, [resolve('scripts/schema.ts'), ...args], { cwd: directory.path })
  return run.then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, said: stderr }),
  )
}

/** As if the code no longer had a field that clients know. */
const withMore = printed.replace('\ntype Query {\n', '\ntype Query {\n  forgotten: String\n')

test('the schema is valid', () => {
  expect(validateSchema(schema)).toEqual([])
})

test('the printed schema passes its own check', async () => {
  expect((await script()).code).toBe(0)
  expect(await written('schema.graphql')).toBe(printed)
  expect((await script('--check')).code).toBe(0)
})

test('so does the reference beside it, and it is checked, too', async () => {
  await script()
  const reference = await written('docs/api.md')
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
  expect(types.filter(({ name }) => !reference.includes(name)).map(({ name }) => name)).toEqual([])
  await writeFile(join(directory.path, 'docs/api.md'), reference.replace('Mutation.signUp', 'Mutation.signDown'))
  expect(await script('--check')).toEqual({ code: 1, said: expect.stringContaining('docs/api.md is not what the code says') })
})

test('any difference fails the check, and nothing is written', async () => {
  const other = printed.replace('type Query {', '# Changed.\ntype Query {')
  await committed(other)
  expect(await script('--check')).toEqual({ code: 1, said: expect.stringContaining('npm run schema') })
  expect(await written('schema.graphql')).toBe(other)
})

test('what adds is simply written', async () => {
  const before = visit(parse(printed), {
    ObjectTypeDefinition: (type) => (type.name.value === 'Query' ? { ...type, fields: type.fields!.slice(1) } : undefined),
  })
  await committed(print(before))
  expect((await script('--check')).code).toBe(1)
  expect((await script()).code).toBe(0)
  expect(await written('schema.graphql')).toBe(printed)
})

test('what breaks clients is refused, and says how it may be', async () => {
  await committed(withMore)
  const { code, said } = await script()
  expect(code).toBe(1)
  expect(said).toContain('Query.forgotten was removed.')
  expect(said).toContain('--breaking')
  expect(await written('schema.graphql')).toBe(withMore)
  expect((await script('--check')).said).toContain('Query.forgotten was removed.')
})

test('until it is named: then it is written, and the changelog says so', async () => {
  await committed(withMore)
  await copyFile('CHANGELOG.md', join(directory.path, 'CHANGELOG.md'))
  expect((await script('--breaking', 'Nobody used it. Use `viewer`.')).code).toBe(0)
  expect(await written('schema.graphql')).toBe(printed)
  const before = await readFile('CHANGELOG.md', 'utf8')
  const after = await written('CHANGELOG.md')
  expect(after).toContain('### Breaking\n\n- Nobody used it. Use `viewer`.\n  - Query.forgotten was removed.\n')
  expect(after.length).toBeGreaterThan(before.length)

  await committed(withMore)
  await script('--breaking', 'And again.')
  expect((await written('CHANGELOG.md')).match(/^### Breaking$/gm)).toHaveLength(1)
})

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { buildSchema, findBreakingChanges, lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from '../src/graphql/schema.ts'
import { apiReference } from './api.ts'

// Prints the schema to schema.graphql, where a review sees what changes for clients. What would break one of them is refused until
// it is named: the reason goes into the changelog. The same is written to docs/api.md, to be read. With --check nothing is written, and
// both must be what the code says.

const file = 'schema.graphql'
const reference = 'docs/api.md'
const changelog = 'CHANGELOG.md'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, breaking: { type: 'string' } } })
const printed = `${printSchema(lexicographicSortSchema(schema))}\n`
const described = apiReference(lexicographicSortSchema(schema))
const textOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')
const committed = textOf(file)

const breaking = committed === '' ? [] : findBreakingChanges(buildSchema(committed), schema).map(({ description }) => `- ${description}`)

if (values.check) {
  if (printed !== committed) {
    const more = breaking.length > 0 ? `\nThis breaks clients:\n${breaking.join('\n')}` : ''
    fail(`${file} is not what the code says. Run \`npm run schema\` and commit what it writes.${more}`)
  }
  if (described !== textOf(reference)) fail(`${reference} is not what the code says. Run \`npm run schema\` and commit what it writes.`)
  console.log(`${file} and ${reference} are what the code says.`)
} else {
  if (breaking.length > 0 && !values.breaking)
    fail(
      `This breaks clients:\n${breaking.join('\n')}\nIf it must be, say why: npm run schema -- --breaking "the reason, and what to do instead"`,
    )
  if (breaking.length > 0) record(values.breaking!)
  writeFileSync(file, printed)
  mkdirSync('docs', { recursive: true })
  writeFileSync(reference, described)
  console.log(`${file} and ${reference} are written.`)
}

function record(reason: string) {
  const text = readFileSync(changelog, 'utf8')
  const place = /^## \[Unreleased\]\n(?:\n### Breaking\n)?/m.exec(text)
  if (!place) fail(`${changelog} has no section [Unreleased] to name this in.`)
  const entry = `\n- ${reason}\n${breaking.map((line) => `  ${line}\n`).join('')}`
  const start = place.index + place[0].length
  const heading = place[0].includes('### Breaking') ? '' : '\n### Breaking\n'
  writeFileSync(changelog, `${text.slice(0, start)}${heading}${entry}${text.slice(start)}`)
  console.log(`${changelog} names it.`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

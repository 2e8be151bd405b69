import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { codegen } from '@graphql-codegen/core'
import * as typescriptOperations from '@graphql-codegen/typescript-operations'
import {
  buildSchema,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
  validate,
  visit,
} from 'graphql'

// Writes src/sdk/documents.ts: the operations of src/sdk/operations/ as typed texts, by kind, and their types as schema.graphql has
// them. createParley() makes its functions from that. With --check nothing is written, and the two must be the same.

const schemaFile = 'schema.graphql'
const file = 'src/sdk/documents.ts'

const source = readFileSync(schemaFile, 'utf8')
const schema = buildSchema(source)
const documents = globSync('src/sdk/operations/*.graphql')
  .toSorted()
  .map((location) => ({ location, document: parse(readFileSync(location, 'utf8')) }))
const definitions = documents.flatMap(({ document }) => document.definitions)

const errors = validate(schema, { kind: Kind.DOCUMENT, definitions })
if (errors.length > 0) fail(`The operations of the SDK don't fit ${schemaFile}:\n${errors.map(String).join('\n\n')}`)

const fragments = new Map(
  definitions.filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]),
)
const operations = definitions.filter((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION)

/** The fragments that a definition needs, each once. */
function neededBy(node: FragmentDefinitionNode | OperationDefinitionNode, found = new Set<string>()): Set<string> {
  visit(node, {
    FragmentSpread({ name: { value } }) {
      if (found.has(value)) return
      found.add(value)
      neededBy(fragments.get(value)!, found)
    },
  })
  return found
}

const text = (node: FragmentDefinitionNode | OperationDefinitionNode) => `'${stripIgnoredCharacters(print(node))}'`

/** Fragments are written once, and put behind each operation that needs them. */
function textOf(operation: OperationDefinitionNode): string {
  const parts = [text(operation), ...[...neededBy(operation)].toSorted().map((name) => `fragment${name}`)]
  return parts.join(' + ')
}

function listOf(kind: OperationTypeNode): string {
  const named = operations
    .filter(({ operation }) => operation === kind)
    .toSorted((one, other) => (one.name!.value < other.name!.value ? -1 : 1))
  const entries = named.map((operation) => {
    const name = operation.name!.value
    const type = `${name}${kind[0]!.toUpperCase()}${kind.slice(1)}`
    return `  ${name[0]!.toLowerCase()}${name.slice(1)}: (${textOf(operation)}) as Document<${type}, ${type}Variables>,`
  })
  return `{\n${entries.join('\n')}\n}`
}

const texts = {
  plugin: () =>
    [
      '/** The text of an operation. What it answers, and what it asks for, is known by its type alone. */',
      'export type Document<Answer, Variables> = string & { readonly __types?: (variables: Variables) => Answer }',
      '',
      ...[...fragments.values()].map((fragment) => `const fragment${fragment.name.value} = ${text(fragment)}`),
      '',
      `export const queries = ${listOf(OperationTypeNode.QUERY)}`,
      '',
      `export const mutations = ${listOf(OperationTypeNode.MUTATION)}`,
      '',
      `export const subscriptions = ${listOf(OperationTypeNode.SUBSCRIPTION)}`,
    ].join('\n'),
}

const generated = await codegen({
  filename: file,
  schema: parse(source),
  schemaAst: schema,
  documents,
  config: {
    useTypeImports: true,
    skipTypename: true,
    inlineFragmentTypes: 'combine',
    scalars: { DateTime: 'string', UUID: 'string', StreamCursor: 'string', ID: 'string' },
  },
  pluginMap: { types: typescriptOperations, texts },
  plugins: [{ types: {} }, { texts: {} }],
})
const written = `// Written by codegen.ts (\`npm run codegen\`) from schema.graphql and src/sdk/operations/.\n\n${generated.trim()}\n`

if (!process.argv.includes('--check')) {
  writeFileSync(file, written)
  console.log(`${file} is written.`)
} else {
  if (readFileSync(file, 'utf8') !== written)
    fail(`${file} is not what its operations and ${schemaFile} make. Run \`npm run codegen\` and commit what it writes.`)
  console.log(`${file} is what its operations and ${schemaFile} make.`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

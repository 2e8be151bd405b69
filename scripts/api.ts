import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql'

// The schema as a document to read: docs/api.md. `npm run schema` writes it beside schema.graphql, `npm run schema:check` compares.

export function apiReference(schema: GraphQLSchema): string {
  const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!]
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !roots.some(({ name }) => name === type.name))
    .toSorted((one, other) => one.name.localeCompare(other.name))
  // What only one field takes or gives is told with it.
  const inputOf = (field: Field) => field.args.map(({ type }) => getNamedType(type)).find(isInputObjectType)
  const payloadOf = (field: Field) => {
    const answer = getNamedType(field.type)
    return isUnionType(answer) ? answer.getTypes().find(({ name }) => name.endsWith('Payload')) : undefined
  }
  const fields = roots.map((root) => ({ root, fields: Object.values(root.getFields()) }))
  const mutations = fields.flatMap(({ fields }) => fields)
  const told = new Set<string>(
    mutations.flatMap((field) => [getNamedType(field.type), payloadOf(field)]).flatMap((type) => (type && apart(type) ? [type.name] : [])),
  )

  const operation = (root: GraphQLNamedType, field: Field) => {
    const payload = payloadOf(field)
    const answer = getNamedType(field.type)
    const input = inputOf(field)
    return [
      `### ${root.name}.${field.name}`,
      sentence(field),
      ...(isUnionType(answer)
        ? [code(`${field.name}${input ? `(input: ${String(field.args[0]!.type)})` : ''}: ${String(field.type)}`)]
        : []),
      ...(field.args.length > 0 && !input ? [table('argument', field.args)] : []),
      ...(input ? [table('input', Object.values(input.getFields()))] : []),
      ...(payload
        ? [`Gives ${code(payload.name)}. ${inline(payload.description)}`, table('field', Object.values(payload.getFields()))]
        : []),
      isUnionType(answer)
        ? `Or fails: ${answer
            .getTypes()
            .filter((member) => member !== payload)
            .map((member) => link(member))
            .join(', ')}.`
        : `Gives ${typeText(field.type)}.`,
    ].join('\n\n')
  }

  return `${[
    '# API reference',
    'Made from [schema.graphql](../schema.graphql) by `npm run schema`: change the code, not this file. `!` means never null. How to call it says [concepts.md](concepts.md).',
    contents([...roots.map(({ name }) => name), 'Types']),
    ...fields.flatMap(({ root, fields }) => [
      `## ${root.name}`,
      inline(root.description),
      ...fields.map((field) => operation(root, field)),
    ]),
    '## Types',
    ...types.filter((type) => !told.has(type.name) && !isInputOfOne(type, mutations)).map((type) => typeSection(schema, type)),
  ].join('\n\n')}\n`
}

type Field = GraphQLField<unknown, unknown>

/** Results and payloads stand with their mutation. */
const apart = (type: GraphQLNamedType) => isUnionType(type) || type.name.endsWith('Payload')

/** An input that is the argument of exactly one mutation stands with it. */
const isInputOfOne = (input: GraphQLNamedType, fields: readonly Field[]) =>
  isInputObjectType(input) && fields.filter(({ args }) => args.some(({ type }) => getNamedType(type).name === input.name)).length === 1

function typeSection(schema: GraphQLSchema, type: GraphQLNamedType): string {
  const parts = [`### ${type.name}`, inline(type.description)]
  if (isScalarType(type)) return parts.join('\n\n')
  if (isEnumType(type)) {
    const rows = type.getValues().map((value) => `| ${code(value.name)} | ${sentence(value)} |`)
    return [...parts, ['| value | meaning |', '| --- | --- |', ...rows].join('\n')].join('\n\n')
  }
  if (isUnionType(type)) return [...parts, `One of ${type.getTypes().map(link).join(', ')}.`].join('\n\n')
  if (isInterfaceType(type)) {
    const all = schema.getPossibleTypes(type).map(link)
    return [...parts, table('field', Object.values(type.getFields())), `Implemented by ${all.join(', ')}.`].join('\n\n')
  }
  if (isObjectType(type)) return [...parts, table('field', Object.values(type.getFields()))].join('\n\n')
  return [...parts, table('field', Object.values(isInputObjectType(type) ? type.getFields() : {}))].join('\n\n')
}

type Described = { description?: string | null; deprecationReason?: string | null }

const code = (text: string) => `\`${text}\``
/** In a table and in a paragraph alike: one line. */
const inline = (text: string | null | undefined) => (text ?? '').replaceAll(/\s+/g, ' ').trim().replaceAll('|', '\\|')
const sentence = ({ description, deprecationReason }: Described) =>
  inline(description) + (deprecationReason ? ` **Deprecated.** ${inline(deprecationReason)}` : '')

const link = ({ name }: GraphQLNamedType) => `[${name}](#${name.toLowerCase()})`

/** With its brackets and exclamation marks, and a link to what it is about. */
function typeText(type: GraphQLType): string {
  const named = getNamedType(type)
  return String(type).replace(named.name, isSpecifiedScalarType(named) ? named.name : link(named))
}

function table(what: string, members: readonly (Field | GraphQLArgument | GraphQLInputField)[]): string {
  const rows = members.map((member) => {
    const args =
      'args' in member && member.args.length > 0 ? `(${member.args.map((arg) => `${arg.name}: ${String(arg.type)}`).join(', ')})` : ''
    const preset = 'defaultValue' in member && member.defaultValue !== undefined ? ` = ${JSON.stringify(member.defaultValue)}` : ''
    return `| ${code(`${member.name}${args}`)} | ${typeText(member.type)}${preset} | ${sentence(member)} |`
  })
  return [`| ${what} | type | meaning |`, '| --- | --- | --- |', ...rows].join('\n')
}

const contents = (sections: string[]) => sections.map((section) => `- [${section}](#${section.toLowerCase()})`).join('\n')

import {
  buildSchema,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'

// What the schema says of itself: it is the documentation in GraphiQL, in docs/api.md, and in every editor that knows the schema.

type Place = { place: string; description?: string | null; deprecationReason?: string | null }

/** Everything in it that can be described. */
function placesOf(schema: GraphQLSchema): Place[] {
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
  return types.flatMap((type): Place[] => {
    const at = (place: string, { description, deprecationReason }: Omit<Place, 'place'>) => ({ place, description, deprecationReason })
    const itself = { place: type.name, description: type.description }
    if (isEnumType(type)) return [itself, ...type.getValues().map((value) => at(`${type.name}.${value.name}`, value))]
    if (isInputObjectType(type)) return [itself, ...Object.values(type.getFields()).map((field) => at(`${type.name}.${field.name}`, field))]
    if (!isObjectType(type) && !isInterfaceType(type)) return [itself]
    const fields = Object.values(type.getFields()).flatMap((field) => [
      at(`${type.name}.${field.name}`, field),
      ...field.args.map((arg) => at(`${type.name}.${field.name}(${arg.name}:)`, arg)),
    ])
    return [itself, ...fields]
  })
}

/** More than the name says again: a sentence, of two words at least. */
const undescribed = (schema: GraphQLSchema): string[] =>
  placesOf(schema)
    .filter(({ description }) => !/\S\s+\S[^]*[.…)`?]$/.test(description?.trim() ?? ''))
    .map(({ place }) => place)

/** A date after which it may be gone, and what to use instead: `2027-05-01: use \`displayName\`.` */
const vaguelyDeprecated = (schema: GraphQLSchema): string[] =>
  placesOf(schema)
    .filter(({ deprecationReason: reason }) => reason != null && !/^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01]): use `[^`]+`/i.test(reason))
    .map(({ place }) => place)

test('every type, field, argument, input field and enum value says what it means', () => {
  expect(placesOf(schema).length).toBeGreaterThan(400)
  expect(undescribed(schema)).toEqual([])
})

test('what is deprecated says when it goes, and what to use instead', () => {
  expect(vaguelyDeprecated(schema)).toEqual([])
})

describe('these checks', () => {
  const planted = buildSchema(`
    "Reading, that is."
    type Query {
      "True."
      short: Int
      silent(
        "An argument with a word."
        a: Int
        b: Int
      ): Int
      "Deprecated without a date."
      vague: Int @deprecated(reason: "Use short.")
      "Deprecated as it should be."
      clear: Int @deprecated(reason: "2027-05-01: use \`short\`.")
    }
    enum Colour {
      "Red as a rose."
      RED
      BLUE
    }
    input Wish { what: Colour }
  `)

  test('find what is missing wherever it may be missing', () => {
    expect(undescribed(planted).toSorted()).toEqual(
      ['Query.short', 'Query.silent', 'Query.silent(b:)', 'Colour', 'Colour.BLUE', 'Wish', 'Wish.what'].toSorted(),
    )
    expect(vaguelyDeprecated(planted)).toEqual(['Query.vague'])
  })
})

import {
  type DocumentNode,
  doTypesOverlap,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Dependence } from '../realtime/sink.ts'

/**
 * What of its reader a field depends on, said where the field is defined: `extensions: dependsOn('own')`. Answers to subscriptions
 * are made once for all whose answers are alike, so a field that is not marked has no reader to ask: it throws.
 */
export const dependsOn = (...what: (keyof Dependence)[]) => ({ dependsOn: what })

/** Of a field whose object is about the same person as the one it is on. */
export const ofTheSame = { ofTheSame: true }

const on = (schema: GraphQLSchema, type: GraphQLCompositeType, other: GraphQLCompositeType) => doTypesOverlap(schema, type, other)

/** What the answer to an event of each type depends on: found once for a document, fragments and interfaces included. */
export function dependencesOf(schema: GraphQLSchema, document: DocumentNode, operationName?: string | null): Map<string, Dependence> {
  const operation = getOperationAST(document, operationName)
  const root = schema.getSubscriptionType()
  const found = new Map<string, Dependence>()
  if (!operation || !root) return found
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)

  // `own` and `history` are said of what the event itself is about. What that leads to may be anyone's, and reach back further: there
  // everyone gets an answer of their own.
  const add = (to: Dependence, set: SelectionSetNode, type: GraphQLCompositeType, depth: number): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        // An interface's field is whichever of its types' own.
        const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type]
        for (const each of types) {
          const field = isObjectType(each) ? each.getFields()[selection.name.value] : undefined
          if (!field) continue
          for (const what of (field.extensions.dependsOn as (keyof Dependence)[] | undefined) ?? [])
            to[depth > 1 && what !== 'reads' ? 'viewer' : what] = true
          const inner = getNamedType(field.type)
          if (selection.selectionSet && isCompositeType(inner))
            add(to, selection.selectionSet, inner, field.extensions.ofTheSame ? depth : depth + 1)
        }
        continue
      }
      const part = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (!part) continue
      const condition = part.typeCondition ? schema.getType(part.typeCondition.name.value) : type
      if (!isCompositeType(condition) || !on(schema, type, condition)) continue
      add(to, part.selectionSet, isAbstractType(type) ? condition : type, depth)
    }
  }

  const ofRoot = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) ofRoot(fragments.get(selection.name.value)!.selectionSet)
      else if (selection.kind === Kind.INLINE_FRAGMENT) ofRoot(selection.selectionSet)
      else {
        const type = getNamedType(root.getFields()[selection.name.value]?.type)
        if (!type || !isCompositeType(type) || !selection.selectionSet) continue
        for (const each of isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []) {
          const dependence: Dependence = { own: false, reads: false, history: false, viewer: false }
          add(dependence, selection.selectionSet, each, 0)
          found.set(each.name, dependence)
        }
      }
    }
  }
  ofRoot(operation.selectionSet)
  return found
}

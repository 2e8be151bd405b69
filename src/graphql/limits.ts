import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql'
import { failure } from './failures.ts'

export type DocumentLimits = { depth: number; aliases: number; mutations: number }

const isIntrospection = (field: FieldNode) => field.name.value.startsWith('__')

/**
 * Bounds that a document must keep whatever its variables are. Introspection has no depth here: graphql has a rule of its own for
 * it. Fragments are measured once each, so that a document can't make this slow; fragments in a circle are another rule's find.
 */
export const documentLimits =
  ({ depth, aliases, mutations }: DocumentLimits): ValidationRule =>
  (context) => ({
    Document(document) {
      const report = (limit: string, max: number, message: string) =>
        context.reportError(failure('LIMIT_EXCEEDED', message, { limit, max }))
      const measured = measure(document)
      if (measured.depth > depth)
        report('depth', depth, `Fields are nested ${measured.depth} deep; at most ${depth} is allowed. Ask for less at once.`)
      if (measured.aliases > aliases) report('aliases', aliases, `There are ${measured.aliases} aliases; at most ${aliases} are allowed.`)
      if (measured.mutations > mutations)
        report(
          'mutations',
          mutations,
          `There are ${measured.mutations} mutations at once; at most ${mutations} are allowed. Send them one after another.`,
        )
      return false
    },
  })

function measure({ definitions }: DocumentNode) {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)

  const depths = new Map<string, number>()
  const depthOf = ({ selections }: SelectionSetNode): number =>
    Math.max(
      0,
      ...selections.map((selection) => {
        if (selection.kind === Kind.INLINE_FRAGMENT) return depthOf(selection.selectionSet)
        if (selection.kind === Kind.FRAGMENT_SPREAD) return depthOfFragment(selection.name.value)
        return isIntrospection(selection) ? 0 : 1 + (selection.selectionSet ? depthOf(selection.selectionSet) : 0)
      }),
    )
  const depthOfFragment = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    depths.set(name, 0)
    const fragment = fragments.get(name)
    const depth = fragment ? depthOf(fragment.selectionSet) : 0
    depths.set(name, depth)
    return depth
  }

  const aliasesOf = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return sum
      const own = selection.kind === Kind.FIELD && selection.alias ? 1 : 0
      return sum + own + (selection.selectionSet ? aliasesOf(selection.selectionSet) : 0)
    }, 0)

  /** What runs one after another: the keys that the answer has. */
  const rootKeys = ({ selections }: SelectionSetNode, seen: Set<string>, keys: Set<string>): Set<string> => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) rootKeys(selection.selectionSet, seen, keys)
      else if (selection.kind === Kind.FIELD) {
        if (!isIntrospection(selection)) keys.add((selection.alias ?? selection.name).value)
      } else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value)
        const fragment = fragments.get(selection.name.value)
        if (fragment) rootKeys(fragment.selectionSet, seen, keys)
      }
    }
    return keys
  }

  let [depth, aliases, mutations] = [0, 0, 0]
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue
    aliases += aliasesOf(definition.selectionSet)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) continue
    depth = Math.max(depth, depthOf(definition.selectionSet))
    if (definition.operation === OperationTypeNode.MUTATION)
      mutations = Math.max(mutations, rootKeys(definition.selectionSet, new Set(), new Set()).size)
  }
  return { depth, aliases, mutations }
}

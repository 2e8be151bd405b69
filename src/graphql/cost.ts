import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'

const presetPage = 50
const listLength = 10

type Variables = Readonly<Record<string, unknown>>

/**
 * What an operation can cost at most: 1 for each object selected; inside a connection that times its page size, as asked or 50;
 * inside another list times 10. Leaves and introspection are free. For validated documents only.
 */
export function costOf(schema: GraphQLSchema, document: DocumentNode, operationName?: string | null, variables: Variables = {}): number {
  const operation = getOperationAST(document, operationName)
  const root = operation && schema.getRootType(operation.operation)
  if (!root) return 0

  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const fragmentCosts = new Map<string, number>()

  const ofSelections = ({ selections }: SelectionSetNode, type: GraphQLNamedType, page: number | null): number => {
    let cost = 0
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) cost += ofField(selection, type, page)
      else if (selection.kind === Kind.FRAGMENT_SPREAD) cost += ofFragment(selection.name.value, page)
      else cost += ofSelections(selection.selectionSet, narrowed(type, selection.typeCondition?.name.value), page)
    }
    return cost
  }

  const ofFragment = (name: string, page: number | null): number => {
    const key = `${name} ${page}`
    const known = fragmentCosts.get(key)
    if (known !== undefined) return known
    const { typeCondition, selectionSet } = fragments.get(name)!
    const cost = ofSelections(selectionSet, narrowed(root, typeCondition.name.value), page)
    fragmentCosts.set(key, cost)
    return cost
  }

  /** `page` is the size of the connection whose field this is, null outside one. */
  const ofField = (node: FieldNode, parent: GraphQLNamedType, page: number | null): number => {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
    const type = field && getNamedType(field.type)
    if (!type || !isCompositeType(type) || !node.selectionSet) return 0
    const one = 1 + ofSelections(node.selectionSet, type, isConnection(type) ? pageSize(node, operation, variables) : null)
    return one * (isListType(getNullableType(field.type)) ? (page ?? listLength) : 1)
  }

  const narrowed = (type: GraphQLNamedType, name: string | undefined) => (name === undefined ? type : schema.getType(name)!)

  return ofSelections(operation.selectionSet, root, null)
}

const isConnection = (type: GraphQLNamedType) =>
  isObjectType(type) &&
  type.name.endsWith('Connection') &&
  isListType(getNullableType((type.getFields().edges as GraphQLField<unknown, unknown>)?.type))

function pageSize({ arguments: args }: FieldNode, operation: OperationDefinitionNode, variables: Variables): number {
  for (const name of ['first', 'last']) {
    const given = args?.find((arg) => arg.name.value === name)
    const size = given && valueOf(given.value, operation, variables)
    if (typeof size === 'number' && size >= 0) return size
  }
  return presetPage
}

function valueOf(node: ValueNode, { variableDefinitions }: OperationDefinitionNode, variables: Variables): unknown {
  if (node.kind === Kind.INT) return Number(node.value)
  if (node.kind !== Kind.VARIABLE) return undefined
  const name = node.name.value
  const preset = variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue
  return name in variables ? variables[name] : preset?.kind === Kind.INT ? Number(preset.value) : undefined
}

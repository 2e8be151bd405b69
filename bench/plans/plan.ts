/** A node of what EXPLAIN (ANALYZE, FORMAT JSON) answers, as far as we look at it. */
export type PlanNode = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

export function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node
  for (const child of node.Plans ?? []) yield* nodesOf(child)
}

/** By which indexes rows were found, and of which tables everything was read; what was planned and not done is left out. */
export const waysOf = (nodes: readonly PlanNode[]): string[] => [...new Set(nodes.filter((node) => node['Actual Loops']).flatMap(wayOf))]

function wayOf({ 'Node Type': type, 'Relation Name': table, 'Index Name': index }: PlanNode): string[] {
  if (index) return [index]
  return type === 'Seq Scan' ? [`all of ${table}`] : []
}

/** Long lists of ids cut off, and without what says nothing. */
export const readable = (plan: string): string =>
  plan
    .split('\n')
    .filter((line) => !/^\s*(Index Searches|Heap Fetches|Heap Blocks|Storage|Buckets):/.test(line))
    .map((line) => line.replaceAll(/'\{([^}]{36})[^}]+\}'/g, "'{$1, …}'"))
    .join('\n')

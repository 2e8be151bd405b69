import { resolveNodes } from '@pothos/plugin-relay'
import { type GraphQLResolveInfo, isInterfaceType } from 'graphql'
import { InvalidInput } from '../kernel/errors.ts'
import { parseNodeId } from '../kernel/node-id.ts'
import { builder } from './builder.ts'

const mostIds = 100

/** Where to look; null for what can't be the id of a node, which then looks like something that doesn't exist. */
function placeOf(id: string, info: GraphQLResolveInfo) {
  const parsed = parseNodeId(id)
  if (!parsed) return null
  const node = info.schema.getType('Node')
  const known = isInterfaceType(node) && info.schema.getImplementations(node).objects.some(({ name }) => name === parsed.type)
  return known ? { typename: parsed.type, id: parsed.key } : null
}

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: 'Anything that has an id, where the viewer may see it.',
    args: { id: t.arg.id({ required: true, description: 'The `id` of any node.' }) },
    resolve: async (_root, { id }, ctx, info) => (await resolveNodes(builder, ctx, info, [placeOf(id, info)]))[0] as object | null,
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    description: 'The same for up to 100 ids, in their order; null for what does not exist or the viewer may not see.',
    args: { ids: t.arg.idList({ required: true, description: 'The ids of up to 100 nodes.' }) },
    resolve: async (_root, { ids }, ctx, info) => {
      if (ids.length > mostIds) throw new InvalidInput([{ path: 'ids', reason: `At most ${mostIds} at once.` }])
      return (await resolveNodes(
        builder,
        ctx,
        info,
        ids.map((id) => placeOf(id, info)),
      )) as object[]
    },
  }),
}))

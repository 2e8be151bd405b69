import { type DocumentNode, type ExecutionResult, execute, type GraphQLSchema, Kind, visit } from 'graphql'
import { ServiceUnavailable } from '../kernel/errors.ts'
import type { Happening } from '../ports/feed.ts'
import type { Audience, Selection } from '../realtime/sink.ts'
import type { Stream } from '../realtime/streams.ts'
import type { Context } from './context.ts'
import { dependencesOf } from './dependence.ts'
import { type Failures, formatted } from './failures.ts'

/** One document that is subscribed to, with its variables. */
type Asked = { document: DocumentNode; operationName?: string | null; variables: Record<string, unknown> }

/** What is found once in a document, for each of its operations. `selections`: of those in which no variable matters. */
type Known = {
  name: string
  used: ReadonlySet<string>
  dependences: Map<string | null, ReturnType<typeof dependencesOf>>
  selections: Map<string | null, Selection>
}

/** What root fields of Subscription resolve from. */
export type LiveRoot = { happening: Happening; cursor: string }

/** A stream, in the form that graphql asks a subscription's resolver for. It is started, not iterated. */
export const source = (stream: Stream): Stream & AsyncIterable<LiveRoot> => ({
  ...stream,
  [Symbol.asyncIterator]: () => {
    throw new Error('A stream is started by the wire that it goes to.')
  },
})

type Needs = {
  schema: GraphQLSchema
  /** A fresh context, loaders included: of one person, or with no viewer at all. */
  contextFor: (audience: Audience) => Context
  cursor: () => string
  failures: Failures
}

const nothing = { own: false, reads: false, history: false, viewer: false }

/** Turns what happened into the answers of subscriptions. Asks alike share a selection, and so one execution for each audience. */
export function createLive({ schema, contextFor, cursor, failures }: Needs) {
  const asked = new WeakMap<Selection, Asked>()
  const documents = new WeakMap<DocumentNode, Known>()
  let count = 0

  function known(document: DocumentNode): Known {
    const there = documents.get(document)
    if (there) return there
    const found: Known = { name: String(++count), used: variablesBelow(document), dependences: new Map(), selections: new Map() }
    documents.set(document, found)
    return found
  }

  function dependencesIn(document: DocumentNode, operationName: string | null) {
    const { dependences } = known(document)
    const there = dependences.get(operationName) ?? dependencesOf(schema, document, operationName)
    dependences.set(operationName, there)
    return there
  }

  return {
    /** Variables that only say where to begin make no difference to what is answered. */
    selectionOf({ document, operationName, variables }: Asked): Selection {
      const { name, used, selections } = known(document)
      const mattering = Object.entries(variables).filter(([variable]) => used.has(variable))
      const shared = mattering.length === 0 && selections.get(operationName ?? null)
      if (shared) return shared
      const dependences = dependencesIn(document, operationName ?? null)
      const selection: Selection = {
        key: `${name} ${operationName ?? ''} ${mattering.length > 0 ? JSON.stringify(mattering.toSorted(([one], [other]) => (one < other ? -1 : 1))) : ''}`,
        dependsOn: (type) => dependences.get(type) ?? nothing,
      }
      asked.set(selection, { document, operationName, variables })
      if (mattering.length === 0) selections.set(operationName ?? null, selection)
      return selection
    },

    answer(selection: Selection, happening: Happening, audience: Audience, at: string = cursor()): Promise<string> | string {
      const { document, operationName, variables } = asked.get(selection)!
      const result = execute({
        schema,
        document,
        operationName,
        variableValues: variables,
        rootValue: { happening, cursor: at } satisfies LiveRoot,
        contextValue: contextFor(audience),
      })
      const written = (done: ExecutionResult) => {
        if (!done.errors) return JSON.stringify(done)
        const errors = done.errors.map((error) => formatted(failures(error, {})))
        // What is away comes back: then there is an answer.
        if (errors.some(({ extensions }) => extensions?.code === 'SERVICE_UNAVAILABLE')) throw new ServiceUnavailable()
        return JSON.stringify({ ...done, errors })
      }
      return result instanceof Promise ? result.then(written) : written(result)
    },
  }
}

/** Those used anywhere but as arguments of a subscription's root field. */
function variablesBelow(document: DocumentNode): Set<string> {
  const used = new Set<string>()
  let depth = 0
  visit(document, {
    FragmentDefinition: {
      enter: ({ typeCondition }) => void (depth += typeCondition.name.value === 'Subscription' ? 0 : 1),
      leave: ({ typeCondition }) => void (depth -= typeCondition.name.value === 'Subscription' ? 0 : 1),
    },
    Field: { enter: () => void depth++, leave: () => void depth-- },
    VariableDefinition: () => false,
    Argument: (_node, _key, _parent, _path, ancestors) => {
      const owner = ancestors.at(-1) as { kind?: string } | undefined
      return depth === 1 && owner?.kind === Kind.FIELD ? false : undefined
    },
    Variable: ({ name }) => void used.add(name.value),
  })
  return used
}

export type Live = ReturnType<typeof createLive>

import { type GraphQLError, NoSchemaIntrospectionCustomRule, parse, validate } from 'graphql'
import { handleStreamOrSingleExecutionResult, type Plugin } from 'graphql-yoga'
import { costOf } from '../graphql/cost.ts'
import { failure } from '../graphql/failures.ts'
import { type DocumentLimits, documentLimits } from '../graphql/limits.ts'
import type { EdgeContext } from './call.ts'

export type OperationLimits = DocumentLimits & { tokens: number; cost: number; operationMs: number }

/**
 * Size, shape, cost and time of an operation, the same on every wire. Whoever sends `extensions: { cost: true }` finds the cost
 * in the answer's extensions. Subscriptions may last.
 */
export function useLimits(limits: OperationLimits, introspection: boolean): Plugin<EdgeContext> {
  const hideSuggestions = !introspection

  return {
    onParse: ({ setParseFn }) => setParseFn((source: string) => parseWithin(limits.tokens, source)),

    onValidate({ addValidationRule, setValidationFn }) {
      addValidationRule(documentLimits(limits))
      if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule)
      setValidationFn((schema, document, rules) => validate(schema, document, rules, { hideSuggestions }))
    },

    onExecute({ args, executeFn, setExecuteFn }) {
      const { refusal, showCost } = weigh(args, limits.cost)
      setExecuteFn((args) =>
        refusal
          ? { errors: [refusal] }
          : inTime(limits.operationMs, (signal) => executeFn({ ...args, signal, hideSuggestions } as typeof args)),
      )
      return showCost && { onExecuteDone: (payload) => handleStreamOrSingleExecutionResult(payload, showCost) }
    },

    onSubscribe({ args, subscribeFn, setSubscribeFn }) {
      const { refusal, showCost } = weigh(args, limits.cost)
      setSubscribeFn((args) => (refusal ? { errors: [refusal] } : subscribeFn({ ...args, hideSuggestions } as typeof args)))
      return showCost && { onSubscribeResult: (payload) => handleStreamOrSingleExecutionResult(payload, showCost) }
    },
  }
}

function parseWithin(maxTokens: number, source: string) {
  try {
    return parse(source, { maxTokens })
  } catch (error) {
    const { message } = error as GraphQLError
    if (!message.includes('Parsing aborted')) throw failure('GRAPHQL_PARSE_FAILED', message, { at: error })
    throw failure('LIMIT_EXCEEDED', `The document has more than ${maxTokens} tokens. Send it in parts.`, {
      limit: 'tokens',
      max: maxTokens,
    })
  }
}

type Weighed = Parameters<NonNullable<Plugin<EdgeContext>['onExecute']>>[0]['args']

function weigh({ schema, document, operationName, variableValues, contextValue }: Weighed, max: number) {
  const cost = costOf(schema, document, operationName, variableValues ?? {})
  const refusal =
    cost > max
      ? failure(
          'LIMIT_EXCEEDED',
          `This may cost ${cost}; at most ${max} is allowed. Ask for smaller pages, or for fewer lists inside lists.`,
          { limit: 'cost', max, cost },
        )
      : undefined
  if (contextValue.params.extensions?.cost !== true) return { refusal }
  const showCost: Parameters<typeof handleStreamOrSingleExecutionResult>[1] = ({ result, setResult }) =>
    setResult({ ...result, extensions: { ...result.extensions, cost } })
  return { refusal, showCost }
}

/** Fields that have not begun when time is up never do; what has begun may still end, unseen. */
function inTime<Result>(ms: number, run: (signal: AbortSignal) => Result): Promise<Awaited<Result>> {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<Result>>()
  const controller = new AbortController()
  const timer = setTimeout(() => {
    const reason = `This took longer than ${ms / 1_000} s and was given up. A mutation may have taken effect: look before you repeat it.`
    const error = failure('TIMEOUT', reason)
    reject(error)
    controller.abort(error)
  }, ms)
  void (async () => run(controller.signal))()
    .then(resolve as (result: unknown) => void, reject)
    .finally(() => clearTimeout(timer))
  return promise
}

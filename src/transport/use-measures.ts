import { type GraphQLError, getOperationAST, OperationTypeNode } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { FailureCode } from '../graphql/failures.ts'
import type { Log } from '../ports/log.ts'
import type { EdgeContext } from './call.ts'
import type { Measures } from './measures.ts'

/** Counts operations and tells of them, after all other plugins. Names and outcomes only: never a document, a variable or an answer. */
export function useMeasures(measures: Measures, log: Log): Plugin<EdgeContext> {
  return {
    onPluginInit: ({ registerContextErrorHandler }) => registerContextErrorHandler(({ error }) => measures.operationRefused(codeOf(error))),

    onParse:
      () =>
      ({ result }) => {
        if (result instanceof Error) measures.operationRefused(codeOf(result))
      },

    onValidate:
      () =>
      ({ valid, result }) => {
        if (!valid) measures.operationRefused(codeOf(result[0]))
      },

    onExecute({ args }) {
      const started = performance.now()
      return {
        onExecuteDone({ result }) {
          const operation = getOperationAST(args.document, args.operationName)
          const outcome = isAsyncIterable(result) ? 'ok' : outcomeOf(result)
          const ms = performance.now() - started
          measures.operationEnded(operation?.name?.value, operation?.operation ?? 'invalid', outcome, ms / 1_000)
          log.debug('An operation was executed.', {
            requestId: args.contextValue.call.requestId,
            operation: operation?.name?.value,
            outcome,
            ms,
          })
        },
      }
    },

    onSubscribe({ args }) {
      return {
        onSubscribeResult({ result }) {
          const name = getOperationAST(args.document, args.operationName)?.name?.value
          const outcome = isAsyncIterable(result) ? 'ok' : outcomeOf(result)
          measures.operationEnded(name, OperationTypeNode.SUBSCRIPTION, outcome, null)
          log.debug('A subscription was asked for.', { requestId: args.contextValue.call.requestId, operation: name, outcome })
        },
      }
    },
  }
}

const outcomeOf = ({ errors }: { errors?: readonly GraphQLError[] }) => (errors?.length ? codeOf(errors[0]) : 'ok')

const codeOf = (error: unknown) => ((error as GraphQLError).extensions?.code as FailureCode) ?? 'GRAPHQL_VALIDATION_FAILED'

import { getOperationAST } from 'graphql'
import { handleStreamOrSingleExecutionResult, type Plugin } from 'graphql-yoga'
import type { Call, Failures } from '../graphql/failures.ts'
import type { EdgeContext } from './call.ts'

type Args = Parameters<NonNullable<Plugin<EdgeContext>['onExecute']>>[0]['args']

/** Every error that leaves through `failures`, the same on every wire. What the plugins before this one throw is caught, too. */
export function useFailures(failures: Failures): Plugin<EdgeContext> {
  const hide = ({ document, operationName, contextValue }: Args) => {
    const call = callOf(contextValue, getOperationAST(document, operationName)?.name?.value)
    const hideErrors: Parameters<typeof handleStreamOrSingleExecutionResult>[1] = ({ result, setResult }) => {
      if (result.errors) setResult({ ...result, errors: result.errors.map((error: unknown) => failures(error, call)) })
    }
    return {
      hideErrors,
      caught: async <Result>(run: () => Result) => {
        try {
          return await run()
        } catch (error) {
          return { errors: [failures(error, call)] }
        }
      },
      one: (error: unknown) => failures(error, call),
    }
  }

  return {
    onPluginInit: ({ registerContextErrorHandler }) =>
      registerContextErrorHandler(({ context, error, setError }) => setError(failures(error, callOf(context)))),

    onExecute({ args, executeFn, setExecuteFn }) {
      const { hideErrors, caught } = hide(args)
      setExecuteFn((args) => caught(() => executeFn(args)))
      return { onExecuteDone: (payload) => handleStreamOrSingleExecutionResult(payload, hideErrors) }
    },

    onSubscribe({ args, subscribeFn, setSubscribeFn }) {
      const { hideErrors, caught, one } = hide(args)
      setSubscribeFn((args) => caught(() => subscribeFn(args)))
      return {
        onSubscribeResult: (payload) => handleStreamOrSingleExecutionResult(payload, hideErrors),
        onSubscribeError: ({ error, setError }) => setError(one(error)),
      }
    },
  }
}

const callOf = (context?: Partial<EdgeContext>, operation?: string): Call => ({ requestId: context?.call?.requestId, operation })

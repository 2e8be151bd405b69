import type { GraphQLSchema } from 'graphql'
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import type { Failures } from '../graphql/failures.ts'
import type { Live } from '../graphql/live.ts'
import type { Log } from '../ports/log.ts'
import type { Attendance } from './attendance.ts'
import type { Caller, EdgeContext } from './call.ts'
import type { Measures } from './measures.ts'
import { type OperationLimits, useLimits } from './use-limits.ts'
import { createTextCache } from './text-cache.ts'
import { useBody } from './use-body.ts'
import { useFailures } from './use-failures.ts'
import { useLive } from './use-live.ts'
import { useMeasures } from './use-measures.ts'

export const graphqlPath = '/graphql'

export type Graphql = YogaServerInstance<EdgeContext, object>

type Needs = {
  schema: GraphQLSchema
  contextFor: (caller: Caller) => object
  limits: OperationLimits & { bodyBytes: number }
  introspection: boolean
  failures: Failures
  live: Live | undefined
  streams: Plugin<EdgeContext>
  attendance: Pick<Attendance, 'active'>
  measures: Measures
  log: Log
}

/** Yoga, with everything off that isn't asked for here. HTTP calls it as a handler, sockets through `getEnveloped`: the same plugins. */
export function createGraphql({
  schema,
  contextFor,
  limits,
  introspection,
  failures,
  live,
  streams,
  attendance,
  measures,
  log,
}: Needs): Graphql {
  return createYoga<EdgeContext, object>({
    schema,
    context: async ({ call }) => {
      const viewer = await call.viewer()
      if (viewer) attendance.active(viewer.userId)
      return { viewer, ...contextFor({ ...call, viewer }) }
    },
    plugins: [
      useBody(limits.bodyBytes),
      ...(live ? [useLive(live, failures)] : []),
      useLimits(limits, introspection),
      useFailures(failures),
      streams,
      useMeasures(measures, log),
    ],
    // For what Yoga itself throws: the body, the method, batches.
    maskedErrors: { maskError: (error) => failures(error, {}) },
    maxRequestBodySize: false,
    parserAndValidationCache: { documentCache: createTextCache(), errorCache: createTextCache() },
    graphqlEndpoint: graphqlPath,
    graphiql: false,
    landingPage: false,
    batching: false,
    multipart: false,
    cors: false,
    logging: false,
  })
}

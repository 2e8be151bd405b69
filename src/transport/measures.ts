import type { Metrics } from '../ports/metrics.ts'
import { closeCodes } from './close-codes.ts'

const mostNames = 200
const longestName = 60

/** What the transport counts. */
export function createMeasures(metrics: Metrics) {
  const requests = metrics.counter('parley_http_requests_total', 'HTTP requests answered.', ['route', 'status'])
  const requestSeconds = metrics.histogram('parley_http_request_seconds', 'Time until an HTTP answer was complete. Streams are left out.', [
    'route',
  ])
  const operations = metrics.counter(
    'parley_graphql_operations_total',
    'GraphQL operations, by name and by the code of their first error.',
    ['operation', 'type', 'outcome'],
  )
  const operationSeconds = metrics.histogram('parley_graphql_operation_seconds', 'Time to execute queries and mutations.', [
    'operation',
    'type',
  ])
  const bugs = metrics.counter('parley_graphql_bugs_total', 'Unexpected errors that were hidden from clients. Each is in the log.')
  const opened = metrics.counter('parley_sockets_opened_total', 'WebSockets opened.')
  const closed = metrics.counter('parley_sockets_closed_total', 'WebSockets closed, by close code.', ['code'])

  let sockets = 0
  const running: (() => number)[] = []
  metrics.gauge('parley_sockets', 'WebSockets open now.', () => sockets)
  metrics.gauge('parley_subscriptions', 'Subscriptions running now, on WebSockets and as server-sent events.', () =>
    running.reduce((sum, count) => sum + count(), 0),
  )

  // Clients choose the names of operations: after the first so many, every new one is "other".
  const names = new Set<string>()
  const nameOf = (operation: string | undefined) => {
    if (!operation) return 'anonymous'
    if (names.has(operation)) return operation
    if (names.size >= mostNames || operation.length > longestName) return 'other'
    names.add(operation)
    return operation
  }

  return {
    answered(route: string, status: number, seconds: number | null) {
      requests({ route, status: String(status) })
      if (seconds !== null) requestSeconds({ route }, seconds)
    },
    operationEnded(operation: string | undefined, type: string, outcome: string, seconds: number | null) {
      const name = nameOf(operation)
      operations({ operation: name, type, outcome })
      if (seconds !== null) operationSeconds({ operation: name, type }, seconds)
    },
    /** Neither name nor type: it could not be read, or does not fit the schema. */
    operationRefused: (outcome: string) => operations({ operation: 'invalid', type: 'invalid', outcome }),
    bug: () => bugs({}),
    /** Subscriptions are counted when they are asked for. */
    subscriptions: (count: () => number) => void running.push(count),
    socketOpened() {
      sockets++
      opened({})
    },
    socketClosed(code: number) {
      sockets--
      closed({ code: knownCloseCodes.has(code) ? String(code) : 'other' })
    },
  }
}

export type Measures = ReturnType<typeof createMeasures>

const knownCloseCodes = new Set<number>([1000, 1001, 1005, 1006, 1009, 4400, 4401, 4406, 4408, 4409, 4429, ...Object.values(closeCodes)])

/** Is this a dependency that is away or too busy, rather than a bug? For what pg and Prisma throw, however wrapped. */
export function isUnavailable(error: unknown): boolean {
  return [...layers(error)].some(({ code, syscall, message, kind }) => {
    if (typeof code === 'string' && (sqlStates.test(code) || prismaCodes.has(code))) return true
    if (typeof code === 'string' && networkCodes.has(code)) return true
    if (code === 'ENOENT' && syscall === 'connect') return true
    return (typeof kind === 'string' && prismaKinds.has(kind)) || (typeof message === 'string' && said.test(message))
  })
}

type Layer = { code?: unknown; syscall?: unknown; message?: unknown; kind?: unknown }

function* layers(error: unknown, depth = 0): Generator<Layer> {
  if (typeof error !== 'object' || error === null || depth > 6) return
  yield error
  const { cause, originalError, meta, errors } = error as {
    cause?: unknown
    originalError?: unknown
    meta?: { driverAdapterError?: unknown }
    errors?: unknown
  }
  for (const inner of [cause, originalError, meta?.driverAdapterError, ...(Array.isArray(errors) ? errors : [])])
    yield* layers(inner, depth + 1)
}

// Connections (08), who may connect (28), no such database (3D000), no room (53), waited too long for a lock (55P03) or in all
// (57014), shutting down or starting up (57P), and a standby where the primary was (25006, 55000).
const sqlStates = /^(08\w{3}|28\w{3}|3D000|53\w{3}|55000|55P03|57014|57P\w{2}|25006|25P03)$/

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

const prismaCodes = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1010', 'P1011', 'P1017', 'P2024', 'P2037'])

const prismaKinds = new Set([
  'AuthenticationFailed',
  'ConnectionClosed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
])

// What pg and its pool say without a code.
const said = new RegExp(
  [
    'timeout exceeded when trying to connect',
    'Connection terminated',
    'Query read timeout',
    'is not queryable',
    'Cannot use a pool after calling end',
    'Unable to start a transaction in the given time',
    'on an expired transaction',
  ].join('|'),
)

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metrics } from '../ports/metrics.ts'

type Needs = {
  metrics: Pick<Metrics, 'render'>
  /** What stands in the way of serving, or null. */
  readiness: () => Promise<string | null>
  /** For how long an answer is good: probes must not become a load. */
  readinessMs: number
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** For whoever runs the server: `/livez`, `/readyz`, `/metrics`. */
export function createHealth({ metrics, readiness, readinessMs }: Needs) {
  let draining = false
  let known: Promise<string | null> | undefined

  const obstacle = async () => {
    if (draining) return 'The server is going down.'
    if (!known) {
      known = readiness().catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
      setTimeout(() => (known = undefined), readinessMs).unref()
    }
    return known
  }

  const text = (response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8') => {
    response.writeHead(status, { 'Content-Type': contentType, 'Cache-Control': 'no-store' }).end(body)
  }

  const routes: Record<string, Route> = {
    '/livez': async (_request, response) => text(response, 200, 'ok\n'),
    '/readyz': async (_request, response) => {
      const reason = await obstacle()
      text(response, reason === null ? 200 : 503, `${reason ?? 'ok'}\n`)
    },
    '/metrics': async (_request, response) => {
      const { contentType, body } = await metrics.render()
      text(response, 200, body, contentType)
    },
  }

  return { routes, drain: () => void (draining = true) }
}

export type Health = ReturnType<typeof createHealth>

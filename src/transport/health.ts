import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metrics } from '../ports/metrics.ts'

/** What stands in the way of serving: which part is away, and a line about it. */
export type Obstacle = { part: 'server' | 'database' | 'migrations' | 'bus'; reason: string }

type Needs = {
  metrics: Pick<Metrics, 'render'>
  readiness: () => Promise<Obstacle | null>
  /** For how long an answer is good: probes must not become a load. */
  readinessMs: number
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** For whoever runs the server: `/livez`, `/readyz`, `/metrics`. */
export function createHealth({ metrics, readiness, readinessMs }: Needs) {
  let draining = false
  let known: Promise<Obstacle | null> | undefined

  const obstacle = async (): Promise<Obstacle | null> => {
    if (draining) return { part: 'server', reason: 'The server is going down.' }
    if (!known) {
      known = readiness().catch((error: unknown) => ({ part: 'server', reason: error instanceof Error ? error.message : String(error) }))
      setTimeout(() => (known = undefined), readinessMs).unref()
    }
    return known
  }

  const text = (response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8') => {
    response.writeHead(status, { 'Content-Type': contentType, 'Cache-Control': 'no-store' }).end(body)
  }

  const routes: Record<string, Route> = {
    '/livez': async (_request, response) => text(response, 200, 'ok\n'),
    // A balancer asks `?optional=bus`: without the bus every node is late, so taking them all out would help nobody.
    '/readyz': async (request, response) => {
      const found = await obstacle()
      const optional = new URL(request.url!, 'http://here').searchParams.get('optional')
      text(response, found === null || found.part === optional ? 200 : 503, `${found?.reason ?? 'ok'}\n`)
    },
    '/metrics': async (_request, response) => {
      const { contentType, body } = await metrics.render()
      text(response, 200, body, contentType)
    },
  }

  return { routes, drain: () => void (draining = true) }
}

export type Health = ReturnType<typeof createHealth>

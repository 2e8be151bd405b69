import { pendingMigrations } from '../adapters/migrations.ts'
import type { Bus } from '../ports/bus.ts'
import type { Database } from '../ports/database.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { Obstacle } from '../transport/health.ts'

/** Why requests can't be served now, or null. */
export async function whatIsMissing(database: Database, bus: Bus): Promise<Obstacle | null> {
  try {
    await database.ping()
    const pending = await pendingMigrations(database.pool)
    if (pending.length > 0) return { part: 'migrations', reason: `Migrations are missing: ${pending.join(', ')}.` }
  } catch {
    return { part: 'database', reason: 'PostgreSQL does not answer.' }
  }
  return bus.healthy() ? null : { part: 'bus', reason: 'Redis does not answer. Everything works, but live events come with a delay.' }
}

/** What the server says of what it is connected to. */
export function measure(metrics: Metrics, { pool }: Database, bus: Bus): void {
  metrics.gauge('parley_pool_connections', 'Connections to PostgreSQL.', () => pool.totalCount)
  metrics.gauge('parley_pool_idle_connections', 'Those of them that nobody uses.', () => pool.idleCount)
  metrics.gauge('parley_pool_waiting', 'Who waits for a connection.', () => pool.waitingCount)
  metrics.gauge('parley_bus_healthy', '1 while the bus loses nothing.', () => Number(bus.healthy()))
  metrics.gauge('parley_bus_topics', 'Topics with a listener here.', () => bus.stats().topics)
  metrics.total('parley_bus_published_total', 'Messages that the bus has taken.', () => bus.stats().published)
  metrics.total('parley_bus_failed_total', 'Messages that the bus failed to take.', () => bus.stats().failed)
  metrics.total('parley_bus_heard_total', 'Messages that reached a listener here.', () => bus.stats().heard)
  metrics.total('parley_bus_gaps_total', 'Times in which messages may have been lost.', () => bus.stats().gaps)
}

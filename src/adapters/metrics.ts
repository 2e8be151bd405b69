import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Metrics } from '../ports/metrics.ts'

/** From a lookup in memory to the longest that an operation may take. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** prom-client with a registry of its own, so that several servers fit in one process. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  return {
    counter(name, help, labelNames = []) {
      const counter = new Counter({ name, help, labelNames, registers })
      return (labels, by = 1) => counter.inc(labels, by)
    },
    histogram(name, help, labelNames = []) {
      const histogram = new Histogram({ name, help, labelNames, registers, buckets })
      return (labels, seconds) => histogram.observe(labels, seconds)
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    },
    total(name, help, read) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(read())
        },
      })
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  }
}

/**
 * What is counted, for whoever watches the server. Names are Prometheus' way: snake_case, the unit at the end, `_total` for what
 * only grows. Each name is made once. Label values come from small closed sets: never an id, never what a client chose freely.
 */
export type Metrics = {
  /** Counts up. */
  counter<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
  ): (labels: Record<Label, string>, by?: number) => void
  /** Durations, in seconds. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
  ): (labels: Record<Label, string>, seconds: number) => void
  /** How much there is now: `read` is asked whenever somebody looks. */
  gauge(name: string, help: string, read: () => number): void
  /** The same, of something that is counted elsewhere and only grows. */
  total(name: string, help: string, read: () => number): void
  /** All of it, and the process itself, in Prometheus' text format. */
  render(): Promise<{ contentType: string; body: string }>
}

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { parse, stringify } from 'yaml'

// The alerts of docs/operating.md, tried by Prometheus' own means: on what a healthy server measures all are silent, and what each is
// for raises that one and no other.

type Rules = { groups: { rules: { alert: string; annotations: { summary: string } }[] }[] }

/** For each alert a sickness: how a series goes, from minute to minute. */
const sick: Record<string, { series: string; values: string }> = {
  ParleyBug: { series: 'parley_live_bugs_total', values: '0x20 1x10' },
  ParleyUnavailable: {
    series: 'parley_graphql_operations_total{operation="a",type="query",outcome="SERVICE_UNAVAILABLE"}',
    values: '0+60x30',
  },
  ParleyBusAway: { series: 'parley_bus_healthy', values: '0x30' },
  ParleyPoolExhausted: { series: 'parley_pool_waiting', values: '40x30' },
  ParleySlow: { series: 'parley_graphql_operation_seconds_bucket{operation="a",type="query",le="+Inf"}', values: '0+60x30' },
  ParleyMailsWait: { series: 'parley_mails_dead', values: '1x30' },
  ParleySlowReaders: { series: 'parley_sockets_closed_total{code="4008"}', values: '0+120x30' },
}

/** Much goes on, and all of it well. */
const busy = [
  { series: 'parley_graphql_operations_total{operation="b",type="query",outcome="ok"}', values: '0+6000x30' },
  { series: 'parley_sockets_closed_total{code="1000"}', values: '0+600x30' },
]

export function tryAlerts(rules: string, metrics: string, folder: string): void {
  const known = (parse(rules) as Rules).groups.flatMap((group) => group.rules)
  const untried = known.filter(({ alert }) => !sick[alert]).map(({ alert }) => alert)
  if (untried.length > 0) throw new Error(`What raises ${untried.join(', ')}? test/follow/alerts.ts doesn't say.`)

  // For half an hour a healthy server measures the same, but for what is busy.
  const still = [...metrics.matchAll(/^(parley_\S+) (\S+)$/gm)].map(([, series = '', value]) => ({ series, values: `${value}x30` }))
  const measured = [...still.filter(({ series }) => busy.every((other) => other.series !== series)), ...busy]
  const raisedBy = (sickness?: string) => {
    const change = sickness === undefined ? undefined : sick[sickness]!
    const others = measured.filter(({ series }) => series !== change?.series)
    return {
      name: sickness ?? 'healthy',
      interval: '1m',
      input_series: change ? [...others, change] : others,
      alert_rule_test: known.map(({ alert, annotations }) => ({
        eval_time: '25m',
        alertname: alert,
        exp_alerts: alert === sickness ? [{ exp_annotations: annotations }] : [],
      })),
    }
  }
  const tests = [raisedBy(), ...known.map(({ alert }) => raisedBy(alert))]
  writeFileSync(path.join(folder, 'alerts.yaml'), rules)
  writeFileSync(path.join(folder, 'alerts.test.yaml'), stringify({ rule_files: ['alerts.yaml'], evaluation_interval: '1m', tests }))
  try {
    execFileSync('promtool', ['test', 'rules', 'alerts.test.yaml'], { cwd: folder, stdio: 'pipe', encoding: 'utf8' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`The alerts are not what they should be: ${stdout}${stderr}`, { cause: error })
  }
}

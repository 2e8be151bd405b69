// npm run bench -- <name> …, and options of the benchmark's function where its own don't suit: `sizes=100,1000 rounds=5`.

const benches: Record<string, (options: object) => Promise<unknown>> = {
  send: async (options) => (await import('./send/send.ts')).send(options),
  plans: async () => (await import('./plans/plans.ts')).plans(),
  fanout: async (options) => (await import('./live/fanout.ts')).fanout(options),
  direct: async (options) => (await import('./live/direct.ts')).direct(options),
  latency: async (options) => (await import('./live/latency.ts')).latency(options),
  idle: async (options) => (await import('./live/idle.ts')).idle(options),
  notifications: async () => (await import('./notifications/week.ts')).notifications(),
  storm: async (options) => (await import('./live/storm.ts')).storm(options),
  soak: async (options) => (await import('./live/soak.ts')).soak(options),
}

const [name = '', ...given] = process.argv.slice(2)
const bench = benches[name]
if (!bench) {
  console.error(`Say which: ${Object.keys(benches).join(', ')}. For example: npm run bench -- fanout`)
  process.exit(1)
}
await bench(Object.fromEntries(given.map(optionOf)))
process.exit()

function optionOf(text: string): [string, number | number[]] {
  const [key = '', value = ''] = text.split('=')
  const numbers = value.split(',').map(Number)
  if (!value || numbers.some(Number.isNaN)) throw new Error(`Not an option: ${text}. Say for example rounds=5.`)
  return [key, key === 'sizes' ? numbers : numbers[0]!]
}

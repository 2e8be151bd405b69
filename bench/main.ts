// npm run bench -- <name> …

const benches: Record<string, () => Promise<unknown>> = {
  send: async () => (await import('./send/send.ts')).send(),
  fanout: async () => (await import('./live/fanout.ts')).fanout(),
  direct: async () => (await import('./live/direct.ts')).direct(),
  latency: async () => (await import('./live/latency.ts')).latency(),
  idle: async () => (await import('./live/idle.ts')).idle(),
  storm: async () => (await import('./live/storm.ts')).storm(),
}

const [name = ''] = process.argv.slice(2)
const bench = benches[name]
if (!bench) {
  console.error(`Say which: ${Object.keys(benches).join(', ')}. For example: npm run bench -- fanout`)
  process.exit(1)
}
await bench()
process.exit()

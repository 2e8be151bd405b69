import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { totals } from './test/support/totals.ts'

// Every file's process, and every server that it starts, reads the same libraries: V8's work on them is kept from one to the next.
process.env.NODE_COMPILE_CACHE ??= new URL('node_modules/.cache/compile', import.meta.url).pathname

export default defineConfig({
  // graphql has two builds, and Vite would take the other one than Node does: one schema, two realms.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    // Files run beside each other, in a few processes that read the modules once: each file starts servers of its own and ends them.
    // More such worlds at once only wait for each other.
    pool: 'forks',
    isolate: false,
    maxWorkers: Math.min(availableParallelism(), 4),
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default', totals],
    watch: false,
  },
})

import type { Reporter } from 'vitest/node'

/** The last line of a run, alone: `12 passed, 0 failed`. A file that could not even be read counts as one failure. */
export const totals: Reporter = {
  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      for (const test of tests) count[test.result().state]++
      if (!module.ok() && tests.every((test) => test.ok())) count.failed++
    }
    console.log(`${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''}`)
  },
}

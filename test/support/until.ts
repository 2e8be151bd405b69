import { vi } from 'vitest'

/** Waits for a fact: resolves soon after it is there, and fails when it doesn't come. */
export const until = (fact: () => boolean | Promise<boolean>, timeout = 10_000): Promise<unknown> =>
  vi.waitUntil(fact, { timeout, interval: 10 })

import type { Clock } from '../../src/ports/clock.ts'

/** A clock in the hand: it stands still until it is moved. */
export function heldClock(start = '2030-01-01T00:00:00.000Z'): Clock & { forward(ms: number): void } {
  let time = Date.parse(start)
  return {
    now: () => new Date(time),
    forward(ms) {
      time += ms
    },
  }
}

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

/** The machine's, put forward by hand: for where it is the database that says when something happened. */
export function clockAhead(): Clock & { forward(ms: number): void; reset(): void } {
  let ahead = 0
  return {
    now: () => new Date(Date.now() + ahead),
    forward: (ms) => void (ahead += ms),
    reset: () => void (ahead = 0),
  }
}

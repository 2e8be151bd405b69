type PulseOptions = {
  everyMs: number
  /** Whether a beat could come through now; while it couldn't, none is sent and none is missed. */
  ready(): boolean
  send(beat: number): void
  /** Beats go out and none comes back. */
  onDeaf(): void
  /** What is published is heard again. */
  onWhole(): void
}

export type Pulse = {
  /** Sends a beat now, not only at the next interval. */
  beat(): void
  /** A beat came back. */
  hear(beat: number): void
  /** Messages may be getting lost from now on, until a beat that is sent after this comes back. */
  doubt(): void
  /** Forgets beats that were sent on an earlier connection and can't come back. */
  restart(): void
  whole(): boolean
  stop(): void
}

/** Unanswered beats in a row that mean deafness. Counted in beats, not in time: a process that was held up has missed nothing. */
const patience = 3

/** Shows that what is published is heard: numbered beats go the whole way of a message and come back. */
export function createPulse({ everyMs, ready, send, onDeaf, onWhole }: PulseOptions): Pulse {
  let sent = 0
  let heard = 0
  let doubtedAt = 0
  let whole = false

  const beat = () => {
    if (ready()) send(++sent)
  }
  const timer = setInterval(() => {
    if (sent - heard < patience) return beat()
    heard = sent
    onDeaf()
  }, everyMs)

  return {
    beat,
    doubt() {
      whole = false
      doubtedAt = sent
    },
    hear(number) {
      heard = Math.max(heard, number)
      if (whole || number <= doubtedAt) return
      whole = true
      onWhole()
    },
    restart() {
      heard = sent
    },
    whole: () => whole,
    stop: () => clearInterval(timer),
  }
}

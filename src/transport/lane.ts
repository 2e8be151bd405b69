/** Where the answers of one subscription go. */
export type Lane = {
  /** Takes an answer, as JSON; or doesn't, and says so, where more waits there than may. */
  write(answer: string): void
  /** Called when an answer was not taken. */
  onFull(act: () => void): void
  /** Resolves when what was written has left. */
  drained(): Promise<void>
  /** Runs work that writes more than a little, when it is its turn: one after the other, where several lanes share a wire. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>
  /** Nothing more is written: the reader is too slow. A last word, where there is one, and the end of the connection. */
  giveUp(last: string | null): void
}

/**
 * Answers that wait to be asked for. Who is waited for until they have taken all, and doesn't in `patienceMs`, is as slow as one for whom
 * too much waits: a socket's pings would find them, here is none.
 */
export function createQueue({ mostBytes = 1_000_000, patienceMs = 20_000 } = {}) {
  const waiting: string[] = []
  let bytes = 0
  let closed = false
  let wake = () => {}
  let emptied = () => {}
  let full = () => {}

  const lane: Lane = {
    write(answer) {
      if (bytes + answer.length > mostBytes) return full()
      waiting.push(answer)
      bytes += answer.length
      wake()
    },
    onFull: (act) => void (full = act),
    drained() {
      if (waiting.length === 0 || closed) return Promise.resolve()
      const late = setTimeout(() => full(), patienceMs)
      late.unref()
      return new Promise((resolve) => {
        emptied = () => {
          clearTimeout(late)
          resolve()
        }
      })
    },
    inTurn: (work) => work(),
    giveUp(last) {
      if (last !== null) waiting.push(last)
      wake()
    },
  }

  return {
    ...lane,
    shift(): string | undefined {
      const answer = waiting.shift()
      if (answer !== undefined) bytes -= answer.length
      if (waiting.length === 0) emptied()
      return answer
    },
    /** Resolves when there is something, or nothing more comes. */
    filled: (): Promise<void> => (waiting.length > 0 || closed ? Promise.resolve() : new Promise((resolve) => (wake = resolve))),
    /** Nothing more comes. */
    close(): void {
      closed = true
      emptied()
      wake()
    },
  }
}

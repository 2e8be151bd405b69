import { clearLine, createInterface, cursorTo, emitKeypressEvents } from 'node:readline'

/** Lines that come, above the one that is being typed. Piped, it is lines in and lines out. */
export function openScreen() {
  let hinted = ''
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY
  const input = createInterface({ input: process.stdin, output: process.stdout, terminal: isTerminal, prompt: '> ' })
  if (isTerminal) emitKeypressEvents(process.stdin)

  return {
    print(line: string): void {
      if (!isTerminal) return console.log(line)
      clearLine(process.stdout, 0)
      cursorTo(process.stdout, 0)
      console.log(line)
      input.prompt(true)
    },
    /** For a moment only: who types. Nothing where lines are kept. */
    hint(text: string): void {
      if (!isTerminal || text === hinted) return
      hinted = text
      input.setPrompt(text ? `(${text}) > ` : '> ')
      input.prompt(true)
    },
    /** Takes back the line that was typed: it comes again as a message. */
    onLine(take: (line: string) => void): void {
      input.on('line', (line) => {
        if (isTerminal) process.stdout.write('\u001b[1A\u001b[2K')
        take(line.trim())
      })
    },
    onKey: (pressed: () => void) => void (isTerminal && process.stdin.on('keypress', pressed)),
    onEnd: (end: () => void) => void input.on('close', end),
    close: () => input.close(),
  }
}

export type Screen = ReturnType<typeof openScreen>

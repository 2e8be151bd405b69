import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type Program = {
  /** The next line that fits, come or still to come; those before it are passed over. Fails, with all that was said, when it doesn't come. */
  line(fits: RegExp | string | ((line: string) => boolean)): Promise<string>
  /** Everything it has said so far. */
  said(): string[]
  say(line: string): void
  /** Ctrl-C in a terminal of its own: whatever it has started hears it, too. */
  interrupt(): void
  /** How it ended. */
  ended(): Promise<number | null>
  kill(): Promise<void>
}

type Options = { env?: Record<string, string>; cwd?: string; patienceMs?: number; ownTerminal?: boolean }

/** A program of ours in a process of its own, whose lines are waited for. */
export const run = (file: string, { args = [], ...options }: Options & { args?: string[] } = {}): Program =>
  start([process.execPath, file, ...args], options)

/** The same with any command. */
export function start(
  [program = '', ...args]: string[],
  { env = {}, cwd, patienceMs = 10_000, ownTerminal = false }: Options = {},
): Program {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, ...env }, cwd, stdio: 'pipe', detached: ownTerminal })
  const file = args[0] === '-ec' ? args[1] : args[0]
  const said: string[] = []
  let taken = 0
  let changed = Promise.withResolvers<void>()
  const tell = () => {
    changed.resolve()
    changed = Promise.withResolvers<void>()
  }
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      said.push(line)
      tell()
    })
  let code: number | null | undefined
  const ended = once(child, 'close').then(([how]) => {
    code = how as number | null
    tell()
    return code
  })
  child.stdin.on('error', () => {})

  return {
    async line(fits) {
      const deadline = setTimeout(tell, patienceMs)
      const late = Date.now() + patienceMs
      try {
        for (;;) {
          for (; taken < said.length; taken++) {
            const line = said[taken]!
            if (typeof fits === 'function' ? fits(line) : typeof fits === 'string' ? line.includes(fits) : fits.test(line)) {
              taken++
              return line
            }
          }
          if (code !== undefined) throw new Error(`${file} ended with ${code} before it said ${String(fits)}:\n${said.join('\n')}`)
          if (Date.now() >= late) throw new Error(`${file} did not say ${String(fits)}:\n${said.join('\n')}`)
          await changed.promise
        }
      } finally {
        clearTimeout(deadline)
      }
    },
    said: () => said,
    say: (line) => void child.stdin.write(`${line}\n`),
    ended: () => ended,
    interrupt: () => void process.kill(-child.pid!, 'SIGINT'),
    async kill() {
      if (code === undefined) child.kill()
      await ended
    },
  }
}

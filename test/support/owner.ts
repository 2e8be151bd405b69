import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type Owner = {
  url: string
  pid: number
  /** Ctrl-C in its terminal: every process of its group gets it. Resolves when it noticed. */
  interrupt(): Promise<void>
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
  /** Its own clean end; the exit code. */
  stop(): Promise<number | null>
}

type Said = { url?: string; cannotStart?: string; interrupted?: true }

const program = fileURLToPath(new URL('embedded-owner.ts', import.meta.url))

/** Starts embedded-owner.ts in a process of its own. Rejects with what it says when it can't start. */
export async function startOwner(
  dataDir: string,
  how: { command?: readonly string[]; user?: { uid: number; gid: number }; onSpawn?: (owner: Pick<Owner, 'kill'>) => void } = {},
): Promise<Owner> {
  const [file, ...args] = [...(how.command ?? [process.execPath, program]), dataDir]
  const child = spawn(file, args, { ...how.user, cwd: '/', env: {}, detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Said> => {
    const { value, done } = await lines.next()
    return done ? { cannotStart: 'it ended without a word' } : (JSON.parse(value) as Said)
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  how.onSpawn?.({ kill })
  const { url, cannotStart } = await next()
  if (!url || !child.pid) throw new Error(cannotStart)
  const { pid } = child
  return {
    url,
    pid,
    kill,
    async interrupt() {
      process.kill(-pid, 'SIGINT')
      const { interrupted } = await next()
      if (!interrupted) throw new Error('It was interrupted and did not notice.')
    },
    async stop() {
      child.stdin.end('stop\n')
      const [code] = await exited
      return code
    },
  }
}

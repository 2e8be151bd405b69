import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A server in a process of its own, to be killed. */
export async function startNode(env: Record<string, string>): Promise<{ url: string; kill(): Promise<void> }> {
  const child = spawn(process.execPath, ['src/start.mjs'], {
    env: { PATH: process.env.PATH, NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', RATE_LIMITS: 'off', DEMO: 'false', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  child.stderr.on('data', (text) => said.push(String(text)))
  for await (const line of createInterface(child.stdout)) {
    said.push(line)
    const [url] = /http:\/\/localhost:\d+(?=$|\s|\u001b)/.exec(line) ?? []
    if (!url) continue
    child.stdout.resume()
    return {
      url,
      async kill() {
        if (child.exitCode !== null || child.signalCode !== null) return
        child.kill('SIGKILL')
        await once(child, 'exit')
      },
    }
  }
  throw new Error(`The node did not start:\n${said.join('\n')}`)
}

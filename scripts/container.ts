import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createLog } from '../src/adapters/log.ts'
import { freePort } from '../src/embedded/free-port.ts'
import { startEmbeddedPostgres } from '../src/embedded/postgres.ts'
import { buildImage, type Image } from './dockerfile.ts'

// The container's promises, kept without a container engine: what the Dockerfile builds starts with nothing but itself and a
// database, as a user without rights, is healthy, answers, and ends when it is told to.

type Package = { devDependencies: Record<string, string>; optionalDependencies: Record<string, string> }

const promise = (kept: boolean, otherwise: string) => {
  if (!kept) throw new Error(otherwise)
}
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`

function onlyWhatShips({ folder }: Image): void {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Package
  const names = Object.keys({ ...manifest.devDependencies, ...manifest.optionalDependencies })
  // Types come along with packages that ship.
  const extra = names.filter((name) => !name.startsWith('@types/') && existsSync(path.join(folder, 'node_modules', name)))
  promise(extra.length === 0, `The image has packages that only development needs: ${extra.join(', ')}.`)
}

async function serves(image: Image, databaseUrl: string): Promise<string> {
  const port = String(await freePort())
  const began = performance.now()
  const server = image.run(image.command, { PORT: port, DATABASE_URL: databaseUrl })
  const said: string[] = []
  for (const stream of [server.stdout, server.stderr]) stream?.on('data', (text: Buffer) => said.push(text.toString()))
  const ended = once(server, 'exit') as Promise<[number | null, string | null]>
  try {
    const deadline = Date.now() + 30_000
    for (;;) {
      promise(server.exitCode === null, `The server ended with ${server.exitCode}.`)
      promise(Date.now() < deadline, 'The server was not healthy within 30 s.')
      const [code] = (await once(image.run(image.health, { PORT: port }), 'exit')) as [number]
      if (code === 0) break
    }
    const healthy = seconds(began)
    promise(process.getuid?.() !== 0 || statSync(`/proc/${server.pid}`).uid !== 0, 'The server runs as root.')

    const query = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }'
    const input = { email: 'ada@example.com', password: 'a long password', handle: 'ada', displayName: 'Ada' }
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { input } }),
    })
    const answer = await response.text()
    promise(answer.includes('"SignUpPayload"'), `Signing up was answered with ${answer}`)

    const told = performance.now()
    server.kill('SIGTERM')
    const [code, signal] = await Promise.race([ended, deadlineOf(15_000, 'The server did not end within 15 s of SIGTERM.')])
    promise(code === 0, `The server ended with ${code ?? signal} on SIGTERM.`)
    return `healthy after ${healthy}, someone signed up, ended in ${seconds(told)}`
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${said.join('')}`, { cause: error })
  } finally {
    server.kill('SIGKILL')
  }
}

const deadlineOf = (ms: number, otherwise: string) =>
  new Promise<never>((_, reject) => setTimeout(() => reject(new Error(otherwise)), ms).unref())

async function check(): Promise<string> {
  const began = performance.now()
  const image = buildImage('Dockerfile')
  const dataDir = mkdtempSync(path.join(tmpdir(), 'container-'))
  // As root without user namespaces another user runs the database, and has to get there.
  chmodSync(dataDir, 0o755)
  try {
    onlyWhatShips(image)
    const built = seconds(began)
    const postgres = await startEmbeddedPostgres({ dataDir, log: createLog({ level: 'silent', json: true }), durable: false })
    try {
      return `built in ${built}, ${await serves(image, postgres.url)}`
    } finally {
      await postgres.stop()
    }
  } finally {
    image.remove()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

try {
  console.log(`container: ${await check()}`)
} catch (error) {
  console.error(`container: ${(error as Error).message}`)
  process.exitCode = 1
}

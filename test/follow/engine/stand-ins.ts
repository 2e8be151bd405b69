import { spawnSync } from 'node:child_process'
import { findBinaries } from '../../../src/embedded/binaries.ts'
import { clusterIn } from '../cluster.ts'
import type { Process } from './image.ts'

// For the images of others that compose.yaml names: the same programs, from the PATH or from npm.

type Asked = {
  environment: Record<string, string>
  command?: string[]
  /** The folder or file that is at this place in the container. */
  place(to: string): string
}

const here = (command: string[]): Process => ({ command, cwd: '/', env: { PATH: process.env.PATH!, HOME: '/tmp' } })
const binaries = await findBinaries()

const images: Record<string, { major(): string; process(asked: Asked): Process }> = {
  postgres: {
    major: () => binaries.major,
    process: ({ environment: { POSTGRES_USER = '', POSTGRES_PASSWORD = '' }, place }) =>
      here(clusterIn(place('/var/lib/postgresql'), { binaries, user: POSTGRES_USER, password: POSTGRES_PASSWORD })),
  },
  caddy: {
    major: () => /^v?(\d+)\./.exec(spawnSync('caddy', ['version'], { encoding: 'utf8' }).stdout)?.[1] ?? '',
    process: ({ place }) => here(['caddy', 'run', '--config', place('/etc/caddy/Caddyfile'), '--adapter', 'caddyfile']),
  },
  // Whichever there is: what is asked of it, Redis has had for long.
  redis: { major: () => '', process: ({ command = ['redis-server'] }) => here([...command, '--protected-mode', 'no']) },
}

export function imageOf(name: string, asked: Asked): Process {
  const [base = '', major = ''] = name.split(':')
  const image = images[base]
  const has = image?.major()
  if (!image || (has && has !== major)) throw new Error(`Nothing stands for the image ${name} here${has ? `, but ${base} ${has}` : ''}.`)
  return image.process(asked)
}

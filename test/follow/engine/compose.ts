import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import { parse } from 'yaml'
import { type Container, startContainer, volume } from './container.ts'
import { handOver, type Image, type Process, processOf, within } from './image.ts'
import { createNetwork, publish } from './network.ts'
import { imageOf } from './stand-ins.ts'

// `docker compose up`: the services of compose.yaml, each with its name, its network, its volumes, once those it depends on are well.

type Service = {
  build?: string
  image?: string
  restart?: 'unless-stopped'
  environment?: Record<string, string>
  command?: string[]
  ports?: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: 'service_healthy' }>
  healthcheck?: { test: ['CMD', ...string[]]; interval: string; timeout: string; retries: number }
  stop_grace_period?: string
}
type File = { services: Record<string, Service>; networks: { default: { ipam: { config: [{ subnet: string }] } } } }

const known = 'build image restart environment command ports volumes depends_on healthcheck stop_grace_period'.split(' ')

/** ${NAME}, ${NAME:-instead}, ${NAME:?why it must be there}; one may stand in another. */
export function interpolate(text: string, env: Record<string, string | undefined>): string {
  return text.replaceAll(/\$\{(\w+)(?::([-?])((?:[^${}]|\$\{[^{}]*\})*))?\}/g, (_, name: string, how?: string, rest = '') => {
    if (env[name]) return env[name]
    if (how === '?') throw new Error(`${name} is not set. ${rest}`)
    return interpolate(rest, env)
  })
}

function read(file: string): File {
  const env = { ...(existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}), ...process.env }
  const value = parse(readFileSync(file, 'utf8'), (_, value: unknown) =>
    typeof value === 'string' ? interpolate(value, env) : value,
  ) as File
  for (const [name, service] of Object.entries(value.services))
    for (const key of Object.keys(service)) if (!known.includes(key)) throw new Error(`${name}: ${key} is not known here.`)
  return value
}

const seconds = (text: string) => Number(/^(\d+)s$/.exec(text)![1]) * 1_000

export async function composeUp(file: string, build: (context: string, name: string) => Image): Promise<number> {
  const { services, networks } = read(file)
  const names = Object.keys(services)
  const network = createNetwork('compose', networks.default.ipam.config[0].subnet)
  const addresses = Object.fromEntries(names.map((name, n) => [name, network.address(n)]))
  const running = new Map<string, Container>()
  const healthy = new Map(names.map((name) => [name, Promise.withResolvers<void>()]))
  const images = new Map(
    names.map((name) => {
      const { build: context } = services[name]!
      return [name, context === undefined ? undefined : build(context, name)]
    }),
  )
  const over = Promise.withResolvers<number>()
  let stopping = false

  const plan = (name: string): { main: Process; health?: Process; mounts: (readonly [string, string])[] } => {
    const { environment = {}, volumes = [], command, image: base = '', healthcheck } = services[name]!
    const places = volumes.map((line) => {
      const [from = '', to = ''] = line.split(':')
      return [from.startsWith('.') ? path.resolve(from) : volume(from), to] as const
    })
    const image = images.get(name)
    if (image) {
      for (const [from] of places) handOver(from)
      const health = image.health.length > 0 ? processOf(image, image.health, environment) : undefined
      return { main: processOf(image, image.command, environment), health, mounts: places.map(([from, to]) => [from, within(image, to)]) }
    }
    const main = imageOf(base, { environment, command, place: (to) => places.find(([, place]) => place === to)?.[0] ?? volume(name) })
    return { main, health: healthcheck && { ...main, command: healthcheck.test.slice(1) }, mounts: [] }
  }

  const start = async (name: string, n: number) => {
    const { depends_on = {}, ports = [], healthcheck } = services[name]!
    await Promise.all(Object.keys(depends_on).map((other) => healthy.get(other)!.promise))
    if (stopping) return
    const { main, health, mounts } = plan(name)
    const container = await startContainer(main, { network, n, mounts, names: addresses })
    running.set(name, container)
    console.log(`${name} has ${addresses[name]}`)
    for (const stream of [container.stdout, container.stderr])
      createInterface(stream).on('line', (line) => console.log(`${name}  | ${line}`))
    void container.ended.then((code) => {
      console.log(`${name} exited with code ${code}`)
      running.delete(name)
      if (!stopping) down(1)
      if (running.size === 0) over.resolve(process.exitCode === 1 ? 1 : 0)
    })
    for (const pair of ports) {
      const [outside, inside] = pair.split(':').map(Number) as [number, number]
      await publish(outside, { host: addresses[name]!, port: inside })
    }
    while (health && !stopping && (await container.exec(health)) !== 0) await pause(healthcheck ? seconds(healthcheck.interval) / 4 : 250)
    healthy.get(name)!.resolve()
  }

  /** Those that others depend on last, as the file has them first. */
  const down = (code: number) => {
    if (stopping) return
    stopping = true
    process.exitCode = code
    for (const { resolve } of healthy.values()) resolve()
    void (async () => {
      const left = new Map(running)
      const needed = (name: string) => [...left.keys()].some((other) => name in (services[other]!.depends_on ?? {}))
      while (left.size > 0) {
        const now = [...left].filter(([name]) => !needed(name))
        await Promise.all(
          now.map(async ([name, container]) => {
            container.signal('SIGTERM')
            const late = setTimeout(() => container.signal('SIGKILL'), seconds(services[name]!.stop_grace_period ?? '10s'))
            await container.ended
            clearTimeout(late)
            left.delete(name)
          }),
        )
      }
    })()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => down(0))
  for (const [n, name] of names.entries())
    start(name, n).catch((error: Error) => {
      console.error(`${name}: ${error.message}`)
      down(1)
      if (running.size === 0) over.resolve(1)
    })
  return over.promise
}

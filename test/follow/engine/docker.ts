import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { composeUp } from './compose.ts'
import { startContainer, volume } from './container.ts'
import { buildImage, handOver, type Image, processOf, within } from './image.ts'
import { createNetwork, publish } from './network.ts'

// Stands on the PATH as `docker` for whoever follows the documents where no container engine is. What they say it does, by
// namespaces of Linux; anything else it refuses.

const folder = process.env.ENGINE!
const [verb, ...words] = process.argv.slice(2)

const file = (name: string) => path.join(folder, 'images', `${name.replaceAll('/', '_')}.json`)

function build(context: string, name: string): Image {
  const key = createHash('sha256').update(path.resolve(context)).digest('hex').slice(0, 12)
  const [built, named] = [file(key), file(name)]
  // The folder doesn't change while somebody follows the documents: what is built once is built.
  const image = existsSync(built)
    ? (JSON.parse(readFileSync(built, 'utf8')) as Image)
    : buildImage(path.resolve(context), path.join(folder, 'images', key))
  mkdirSync(path.dirname(named), { recursive: true })
  for (const place of [built, named]) writeFileSync(place, JSON.stringify(image))
  return image
}

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      publish: { type: 'string', short: 'p', multiple: true, default: [] },
      volume: { type: 'string', short: 'v', multiple: true, default: [] },
      env: { type: 'string', short: 'e', multiple: true, default: [] },
    },
  })
  const [name = ''] = positionals
  if (positionals.length !== 1 || !existsSync(file(name))) throw new Error(`There is no image ${name}.`)
  const image = JSON.parse(readFileSync(file(name), 'utf8')) as Image
  const settings = Object.fromEntries(
    values.env.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
  )
  const mounts = values.volume.map((pair) => {
    const [from = '', to = ''] = pair.split(':')
    handOver(volume(from))
    return [volume(from), within(image, to)] as const
  })
  const network = createNetwork('docker0', '172.17.0.0/16')
  const container = await startContainer(processOf(image, image.command, settings), { network, n: 0, mounts })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => container.signal(signal))
  container.stdout.pipe(process.stdout)
  container.stderr.pipe(process.stderr)
  for (const pair of values.publish) {
    const [outside, inside] = pair.split(':').map(Number) as [number, number]
    await publish(outside, { host: network.address(0), port: inside })
  }
  return container.ended
}

try {
  if (verb === 'build') {
    const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options: { tag: { type: 'string', short: 't' } } })
    build(positionals[0] ?? '', values.tag ?? '')
  } else if (verb === 'run') process.exit(await run())
  else if (verb === 'compose' && words.join(' ') === 'up --build') process.exit(await composeUp('compose.yaml', build))
  else throw new Error(`docker ${verb} ${words.join(' ')} is not known here.`)
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

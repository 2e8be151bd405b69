import { builtinModules } from 'node:module'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type * as Sdk from '../../src/sdk/index.ts'
import { seedGroup, seedPerson } from '../support/seed.ts'
import { send } from '../support/talk.ts'
import { createWorld, type World } from '../support/world.ts'

async function bundle({ external = [], format = 'esm' }: { external?: RegExp[]; format?: 'esm' | 'iife' } = {}) {
  const build = await rolldown({ input: 'src/sdk/index.ts', platform: 'browser', external })
  const { output } = await build.generate({ format, name: 'sdk', minify: true })
  await build.close()
  const [entry] = output
  return { parts: output.length, code: entry.code, imports: [...entry.imports, ...entry.dynamicImports], files: entry.moduleIds }
}

describe('parley/sdk', () => {
  it('is at most 15 KB, gzipped, without graphql-ws', async () => {
    const { code, parts, imports } = await bundle({ external: [/^graphql-ws/] })
    const bytes = gzipSync(code, { level: 9 }).length
    console.log(`parley/sdk: ${(bytes / 1024).toFixed(1)} KB gzipped`)
    expect(parts).toBe(1)
    expect(imports).toEqual(['graphql-ws/client'])
    expect(bytes).toBeLessThan(15 * 1024)
  })

  it('holds nothing of the server, of Node, or of any other package', async () => {
    const { code, imports, files } = await bundle()
    const own = files.map((file) => file.replace(`${process.cwd()}/`, ''))
    expect(own.length).toBeGreaterThan(10)
    expect(own.filter((file) => !/^(src\/sdk|node_modules\/graphql-ws\/dist)\/[^/]+$/.test(file))).toEqual([])
    expect(imports).toEqual([])
    const named = builtinModules.flatMap((name) => [name, `node:${name}`]).filter((name) => code.includes(`\`${name}\``))
    expect(named).toEqual([])
    expect([...code.matchAll(/\b(process\.|Buffer\b|require\(|import\().{0,40}/g)].map(([found]) => found)).toEqual([])
  })
})

it('says what to do where there is no WebSocket', async () => {
  const { code } = await bundle({ format: 'iife' })
  const context = createContext({ URL })
  runInContext(`${code}; globalThis.createParley = sdk.createParley`, context)
  const { createParley } = context as unknown as typeof Sdk
  expect(() => createParley({ url: 'http://localhost:4000' })).toThrow('Give one as `webSocket`')
})

it('names its errors, minified, too, and what a page of another origin mostly lacks', async () => {
  const { code } = await bundle({ format: 'iife' })
  const location = { href: 'http://localhost:5173/', origin: 'http://localhost:5173' }
  const { WebSocket, URL, AbortSignal } = globalThis
  const context = createContext({ WebSocket, URL, AbortSignal, setTimeout, clearTimeout, location })
  runInContext(`${code}; globalThis.sdk = sdk`, context)
  const { createParley, Conflict } = (context as unknown as { sdk: typeof Sdk }).sdk
  const fetch = () => Promise.reject(new TypeError('Failed to fetch'))
  await expect(createParley({ url: 'http://localhost:4000', fetch }).viewer()).rejects.toMatchObject({
    name: 'Unreachable',
    message: expect.stringContaining('ALLOWED_ORIGINS must name http://localhost:5173'),
  })
  await expect(createParley({ url: '/', fetch }).viewer()).rejects.toMatchObject({ message: 'The server could not be reached.' })
  expect(new Conflict({ __typename: 'Conflict', code: 'CONFLICT', reason: 'So.' }).name).toBe('Conflict')
})

describe('where there is nothing but what every browser has', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.stop())

  it('two people talk', async () => {
    const { code } = await bundle({ format: 'iife' })
    const [ada, bob] = [await seedPerson(world), await seedPerson(world)]
    const room = await seedGroup(world, { owners: [ada], members: [bob] })
    const { fetch, WebSocket, crypto, setTimeout, clearTimeout, URL, AbortSignal } = globalThis
    const context = createContext({ fetch, WebSocket, crypto, setTimeout, clearTimeout, URL, AbortSignal, console })
    runInContext(`${code}; globalThis.createParley = sdk.createParley`, context)
    const { createParley } = context as unknown as typeof Sdk
    const parley = createParley({ url: world.url, token: bob.token })
    const inbox = parley.inbox()
    await inbox.ready
    await send(ada, room.id, 'Hello?')
    inbox.send(room.id, 'Yes!')
    const said = () => inbox.getSnapshot().channels[room.id]!.messages.map(({ text }) => text)
    await new Promise<void>((resolve) => {
      const look = () => void (said().length === 2 && resolve())
      inbox.subscribe(look)
      look()
    })
    expect(said()).toEqual(['Hello?', 'Yes!'])
    inbox.close()
    parley.close()
  })
})

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createWorld, type World } from '../support/world.ts'
import { blocksOf, documentNamed } from './documents.ts'

// docs/sdk.md, as a newcomer follows it: its programs run against a server, with the SDK as it is built.

const programs = blocksOf(documentNamed('docs/sdk.md'))
  .filter(({ language }) => language === 'js')
  .map(({ text }) => text)
const [quickStart, ...rest] = programs as [string, ...string[]]

let world: World
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-sdk-'))
  const packages = join(folder, 'node_modules')
  for (const name of ['react', 'vue', '@types']) mkdirSync(join(packages, name), { recursive: true })
  for (const name of ['graphql-ws', 'graphql']) symlinkSync(join(process.cwd(), 'node_modules', name), join(packages, name))
  // Stand-ins: that the frameworks keep their word is not for us to test.
  writeFileSync(join(packages, 'react', 'index.js'), 'exports.useSyncExternalStore = (subscribe, get) => (subscribe(() => {})(), get())')
  writeFileSync(join(packages, 'vue', 'index.js'), 'exports.shallowRef = (value) => ({ value }); exports.onScopeDispose = (stop) => stop()')
  execFileSync(process.execPath, ['scripts/sdk.ts', join(packages, 'parley')])
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  world = await createWorld({ env: { DEMO: 'true' } })
}, 60_000)
afterAll(async () => {
  await world.stop()
  rmSync(folder, { recursive: true })
})

const start = (name: string, text: string) => {
  writeFileSync(join(folder, name), text.replaceAll('localhost:4000', new URL(world.url).host))
  return spawn(process.execPath, [join(folder, name)], { stdio: ['ignore', 'pipe', 'inherit'] })
}

it('begins with a live conversation in fewer than 30 lines', async () => {
  expect(quickStart.trim().split('\n').length).toBeLessThan(30)
  const child = start('quick-start.js', quickStart)
  const ended = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (line === 'Ada Lovelace: Hello from a program of mine.') break
  }
  child.kill()
  await ended
  expect(lines.at(-1)).toBe('Ada Lovelace: Hello from a program of mine.')
  expect(lines.length).toBeGreaterThan(1)
})

it('goes on with what runs, too', async () => {
  const imports = [quickStart, ...rest].flatMap((text) => text.match(/^import .*$/gm) ?? [])
  const asBlock = (text: string) => text.replaceAll(/^import .*$/gm, '').replaceAll(/^export /gm, '')
  const steps = rest.map((text, step) => `${asBlock(text)}\nconsole.log('step ${step} done')`)
  // The names that a step makes are for later ones; those of two steps that are alike are not.
  const program = [
    ...new Set(imports),
    asBlock(quickStart),
    ...steps,
    'useInbox(); useChannel(channelId); inboxRef(); inboxStore.subscribe(() => {})()',
  ]
  const child = start('rest.js', program.join('\n'))
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  const [code] = (await once(child, 'exit')) as [number]
  expect({ code, last: lines.at(-1) }).toEqual({ code: 0, last: `step ${rest.length - 1} done` })
})

it('has types that need neither Node’s nor the server’s', () => {
  const typed = quickStart.replace(
    'const [channelId] = inbox.getSnapshot().order',
    'const channelId: string = inbox.getSnapshot().order[0]!',
  )
  const more = `
    const sent = await parley.sendMessage({ channelId, text: 'typed' })
    if (sent.__typename === 'RateLimited') sent.retryAfterMs.toFixed()
    // @ts-expect-error -- a text is needed
    await parley.sendMessage({ channelId })
    for await (const { message } of parley.messageAdded({ channelId })) message.seq.toFixed()`
  writeFileSync(
    join(folder, 'typed.ts'),
    typed
      .replace('new Set()', 'new Set<number>()')
      .replaceAll('channels[channelId].', 'channels[channelId]!.')
      .replace('users[senderId]', "users[senderId ?? '']") + more,
  )
  const settings = {
    strict: true,
    noEmit: true,
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'bundler',
    lib: ['ES2023', 'DOM'],
    types: [],
    noUncheckedIndexedAccess: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: settings, files: ['typed.ts'] }))
  const compile = () =>
    execFileSync(process.execPath, ['node_modules/typescript-7/bin/tsc', '-p', folder], { encoding: 'utf8', stdio: 'pipe' })
  let said = ''
  try {
    said = compile()
  } catch (error) {
    said = (error as { stdout: string }).stdout
  }
  expect(said).toBe('')
})

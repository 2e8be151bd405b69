import { cp, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeDirectory } from '../support/directory.ts'
import { type Door, openDoor } from '../support/door.ts'
import { mutate, type Person, query, signIn } from '../support/people.ts'
import { type Program, run } from '../support/program.ts'
import { edit, send } from '../support/talk.ts'
import { createWorld, type World } from '../support/world.ts'
import { generate } from './generate.ts'

// Each program of examples/ as a reader runs it, against a server with the demo people in it. The network between the two is cut,
// and cut again: that nothing is lost by it is what the programs are examples of.

let world: World
let door: Door
let grace: Person
let welcome: string
const running: Program[] = []

beforeAll(async () => {
  world = await createWorld({ env: { DEMO: 'true' } })
  door = await openDoor({ host: '127.0.0.1', port: Number(new URL(world.url).port) })
  grace = await signIn(world, { id: '', handle: 'grace', email: '', password: 'parley-demo' })
  const { publicChannels } = await query<{ publicChannels: { edges: { node: { id: string } }[] } }>(
    grace.client,
    '{ publicChannels(search: "Welcome") { edges { node { id } } } }',
  )
  welcome = publicChannels.edges[0]!.node.id
})
afterEach(() => Promise.all(running.splice(0).map((program) => program.kill())))
afterAll(async () => {
  await door.close()
  await world.stop()
})

const start = (name: string, env: Record<string, string> = {}): Program => {
  const program = run(`examples/${name}/main.ts`, { env: { PARLEY_URL: `http://127.0.0.1:${door.port}`, ...env } })
  running.push(program)
  return program
}

/** Says something while nobody can hear it. */
async function sayUnheard(text: string): Promise<void> {
  await door.shut()
  await send(grace, welcome, text)
  await door.open()
}

describe.each(['graphql-ws', 'sse'])('%s', (name) => {
  it('shows what is said, as it is said', async () => {
    const program = start(name)
    await program.line('ready')
    await send(grace, welcome, `Hello ${name}`)
    expect(await program.line(`Hello ${name}`)).toContain('grace: ')
  })

  it('and what was said while it was cut off, once', async () => {
    const program = start(name)
    await program.line('ready')
    await sayUnheard(`Unheard by ${name}`)
    await program.line(`Unheard by ${name}`)
    await program.line('ready')
    await send(grace, welcome, `And on, ${name}`)
    await program.line(`And on, ${name}`)
    expect(program.said().filter((line) => line.includes(`Unheard by ${name}`))).toHaveLength(1)
  })
})

describe.each(['apollo', 'urql'])('%s', (name) => {
  it('joins pages, and puts what happens in its place', async () => {
    const program = start(name)
    const pages = await program.line(/^Welcome( \| \d+ \S+: [^|]+){4}$/)
    await sayUnheard(`Unheard by ${name}`)
    const shown = await program.line(`Unheard by ${name}`)
    expect(shown.slice(0, pages.length)).toBe(pages)
    expect(shown.split(`Unheard by ${name}`)).toHaveLength(2)
    const message = await send(grace, welcome, `Chnaged by ${name}`)
    await program.line(`Chnaged by ${name}`)
    await edit(grace, message, { text: `Changed by ${name}` })
    expect(await program.line(`Changed by ${name}`)).not.toContain('Chnaged')
  })
})

describe('bot', () => {
  it('answers whoever mentions it, and once where it runs twice', async () => {
    const { user } = await query<{ user: { id: string } }>(grace.client, '{ user(handle: "alan") { id } }')
    const opened = await mutate(grace.client, 'openDirectChannel', { userId: user.id }, 'channel { id }')
    const { id: channelId } = opened.channel as { id: string }
    const said = async () => {
      const { channel } = await query<{ channel: { messages: { edges: { node: { text: string } }[] } } }>(
        grace.client,
        'query ($channelId: ID!) { channel(id: $channelId) { messages(last: 10) { edges { node { text } } } } }',
        { channelId },
      )
      return channel.messages.edges.map(({ node }) => node.text)
    }
    const bots = [start('bot'), start('bot')]
    for (const bot of bots) await bot.line('alan listens')
    await send(grace, channelId, 'Hello @alan')
    for (const bot of bots) await bot.line('answered grace')
    expect(await said()).toEqual(['Hello @alan', '@grace, you said 11 characters. Can machines count?'])
  })
})

describe('codegen', () => {
  it('makes types of our schema with which typed operations compile and run', async () => {
    const folder = await makeDirectory()
    try {
      await generate(folder.path)
      for (const part of ['package.json', 'examples/sign-in.ts', 'examples/codegen/main.ts']) await cp(part, join(folder.path, part))
      await symlink(join(process.cwd(), 'node_modules'), join(folder.path, 'node_modules'))
      await writeFile(
        join(folder.path, 'tsconfig.json'),
        JSON.stringify({ extends: `${process.cwd()}/tsconfig.json`, include: ['examples'], exclude: [] }),
      )
      const types = run('node_modules/typescript-7/bin/tsc', { args: ['-p', folder.path] })
      expect({ code: await types.ended(), said: types.said() }).toEqual({ code: 0, said: [] })

      const program = run(join(folder.path, 'examples/codegen/main.ts'), { env: { PARLEY_URL: world.url } })
      running.push(program)
      expect(await program.line('PUBLIC Welcome: ')).toBeTruthy()
      expect(await program.line('sent as')).toMatch(/^sent as \d+$/)
    } finally {
      await folder.remove()
    }
  })
})

import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { type Door, openDoor } from '../support/door.ts'
import { followed, isFollowed } from '../follow/blocks.ts'
import { type Person, signIn } from '../support/people.ts'
import { type Program, run } from '../support/program.ts'
import { send } from '../support/talk.ts'
import { createWorld, type World } from '../support/world.ts'
import { curl, isLike, type Step, stepsOf } from './answers.ts'
import { blocksOf, codeIn, documentNamed, documents } from './documents.ts'

// Every code block of the documents, but for those with a test of their own: operations, commands
// and programs run against a server, and what stands below them is what they answer. What needs more than a server that is there
// already, `npm run follow` types as it stands: a checkout, containers, a dump.

const hasItsOwn = (file: string, { language }: Step) => file === 'docs/tour.md' || (file === 'docs/sdk.md' && language === 'js')
const steps = documents
  .flatMap(({ file, text }) => stepsOf(blocksOf(text)).map((step) => ({ ...step, file })))
  .filter((step) => !hasItsOwn(step.file, step))
const of = (...languages: string[]) => steps.filter(({ language }) => languages.includes(language))
const isCurl = ({ text }: Step) => text.startsWith('curl ')

const source = globSync('src/**/*.{ts,mjs}', { exclude: ['src/generated/**'] })
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

let world: World
let door: Door
let ada: Person
let folder: string
const running: Program[] = []

beforeAll(async () => {
  world = await createWorld({ env: { DEMO: 'true' } })
  door = await openDoor({ host: '127.0.0.1', port: Number(new URL(world.url).port) })
  ada = await signIn(world, { id: '', handle: 'ada', email: '', password: 'parley-demo' })
  folder = mkdtempSync(join(tmpdir(), 'parley-docs-'))
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
})
afterAll(async () => {
  await Promise.all(running.map((program) => program.kill()))
  await door.close()
  await world.stop()
  rmSync(folder, { recursive: true })
})

const here = (text: string) => text.replaceAll('localhost:4000', `127.0.0.1:${door.port}`)

let programs = 0
function start(code: string, args: string[] = []): Program {
  const file = join(folder, `program-${++programs}.mjs`)
  writeFileSync(file, here(code))
  const program = run(file, { args, cwd: folder, env: { TOKEN: ada.token } })
  running.push(program)
  return program
}

it('knows what to do with every block', () => {
  expect(of('graphql', 'js', 'sh', 'sql', 'yaml', 'text')).toHaveLength(steps.length)
  // An answer stands below something whose answer is read.
  expect(steps.filter((step) => step.answers.length > 0 && !['js', 'graphql'].includes(step.language) && !isCurl(step))).toEqual([])
  // What is shown and not run: pictures of the code, what the server says at its start, a conversation.
  expect([...new Set(of('text').map(({ file }) => file))]).toEqual(['ARCHITECTURE.md', 'README.md', 'docs/first-program.md'])
  expect(of('js').length).toBeGreaterThan(3)
})

it.each(documents)('$file: sees every block', ({ text }) => {
  expect(blocksOf(text)).toHaveLength((text.match(/^\s*(?:```|~~~)/gm) ?? []).length / 2)
})

it('leaves the rest to those who follow the documents', () => {
  const found = documents.map(({ file, text }) => [
    file,
    blocksOf(text)
      .filter(isFollowed)
      .map(({ text }) => followed[file]?.find((begins) => text.startsWith(begins)) ?? text),
  ])
  expect(Object.fromEntries(found.filter(([, blocks]) => blocks!.length > 0))).toEqual(followed)
})

describe('an operation', () => {
  it.each(of('graphql'))('$file: under «$heading» runs', async ({ text, answers }) => {
    const query = '{ publicChannels(search: "Welcome") { edges { node { id } } } }'
    const { data } = await ada.client.send<Welcome>(query)
    const variables = { channelId: data!.publicChannels.edges[0]!.node.id, seq: 1, afterSeq: 0 }
    const socket = await ada.connect()
    const id = socket.start(text, variables)
    const { type, payload } = await socket.nextOf(id)
    expect({ type, errors: payload?.errors }).toEqual({ type: 'next', errors: undefined })
    for (const answer of answers) expect({ payload, is: isLike(payload, answer) }).toEqual({ payload, is: true })
    await socket.close()
  })
})

describe('a command to paste', () => {
  it.each(of('sh').filter(isCurl))('$file: under «$heading» answers what stands below it', async ({ text, answers }) => {
    const given = await curl(here(text), ada.token)
    expect({ given, is: isLike(given, answers[0]) }).toEqual({ given, is: true })
  })
})

describe('a statement for the database', () => {
  // Undone, or cursors that are read next would be of another epoch.
  it.each(of('sql'))('$file: under «$heading» is one', async ({ text }) => {
    const client = await world.app.database.pool.connect()
    await client.query('BEGIN')
    const { rowCount } = await client.query(text)
    await client.query('ROLLBACK')
    client.release()
    expect(rowCount).toBe(1)
  })
})

describe('a program to save', () => {
  const alone = of('js').filter(({ file }) => file !== 'docs/first-program.md')

  it.each(alone)('$file: under «$heading» prints what stands below it', async ({ text, answers }) => {
    expect(answers.length).toBeGreaterThan(0)
    const program = start(text)
    for (const answer of answers) await program.line((line) => line.startsWith('{') && isLike(JSON.parse(line), answer))
    await program.kill()
  })
})

describe('the first program', () => {
  const [{ text: program } = { text: '' }] = of('js').filter(({ file }) => file === 'docs/first-program.md')
  const [{ text: transcript } = { text: '' }] = of('text').filter(({ file }) => file === 'docs/first-program.md')

  it('has fewer than 30 lines', () => {
    expect(program.trim().split('\n').length).toBeLessThan(30)
  })

  it('is a conversation, as the transcript has it, and goes on over a cut', async () => {
    const people: Record<string, Program> = { grace: start(program, ['grace']), ada: start(program, ['ada']) }
    // With what was said last it says that it listens.
    for (const reader of Object.values(people)) await reader.line(/^\w+: /)
    for (const line of transcript.trim().split('\n')) {
      const [who, text] = line.split(': ') as [string, string]
      people[who]!.say(text)
      for (const reader of Object.values(people)) await reader.line(line)
    }
    const { id } = (await ada.client.send<Welcome>('{ publicChannels(search: "Welcome") { edges { node { id } } } }')).data!.publicChannels
      .edges[0]!.node
    await door.shut()
    people.grace!.say('Typed while the door was shut')
    await people.grace!.line('Not sent')
    await send(ada, id, 'Said while the door was shut')
    await door.open()
    for (const reader of Object.values(people)) {
      await reader.line('Said while the door was shut')
      expect(reader.said().filter((line) => line.startsWith('ada: Good'))).toHaveLength(1)
    }
  })
})

type Welcome = { publicChannels: { edges: { node: { id: string } }[] } }

describe('what the server says when it starts', () => {
  it('is in its source', () => {
    const lines = of('text')
      .filter(({ file }) => file === 'README.md')
      .flatMap(({ text }) => text.trim().split('\n'))
    expect(lines.length).toBeGreaterThan(4)
    const parts = lines.flatMap((line) => line.replace('INFO: ', '').split(/http\S+|\.parley|ada, .*; password .*/))
    expect(parts.filter((part) => !source.includes(part.trim()))).toEqual([])
  })
})

describe('a picture of the code', () => {
  it.each(of('text').filter(({ file }) => file === 'ARCHITECTURE.md'))('under «$heading» names files that are there', ({ text }) => {
    const named = [...text.matchAll(/\bsrc\/[\w./-]+/g)].map(([file]) => file)
    expect(named.length).toBeGreaterThan(2)
    expect(named.filter((file) => !existsSync(file))).toEqual([])
  })
})

describe('metrics', () => {
  const operating = documentNamed('docs/operating.md')
  const made = new Set([...source.matchAll(/'(parley_[a-z_]+)',\s+'/g)].map(([, name]) => name!))
  const listed = codeIn(operating).flatMap((code) => /^(parley_[a-z_]+)/.exec(code)?.slice(1) ?? [])

  it('are those that the server has, all of them', () => {
    expect(made.size).toBeGreaterThan(15)
    expect([...new Set(listed)].toSorted()).toEqual([...made].toSorted())
  })

  it('come out of a running server', async () => {
    const text = await (await fetch(`${world.url}/metrics`)).text()
    expect([...made].filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([])
  })

  it('are what the alerts ask for', () => {
    const rules = of('yaml').flatMap(({ text }) => (parseYaml(text) as Alerts).groups.flatMap(({ rules }) => rules))
    expect(rules.length).toBeGreaterThan(4)
    for (const { alert, expr, annotations } of rules) {
      const asked = [...expr.matchAll(/parley_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''))
      expect({ alert, asked: asked.filter((name) => !made.has(name)) }).toEqual({ alert, asked: [] })
      expect(asked.length).toBeGreaterThan(0)
      expect(annotations.summary.length).toBeGreaterThan(10)
    }
  })
})

type Alerts = { groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[] }

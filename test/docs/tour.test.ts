import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { createClient } from '../support/client.ts'
import { createWorld, type World } from '../support/world.ts'
import { blocksOf, documentNamed, documents } from './documents.ts'

// The tour of the README, taken step by step as it stands there, and its answers compared. `…` stands for anything.

const blocks = blocksOf(documentNamed('README.md'))
const steps = blocks.flatMap(({ language, text, heading }, index) =>
  ['graphql', 'sh', 'js'].includes(language) && blocks[index + 1]?.language === 'json'
    ? [{ language, text, heading, answer: JSON.parse(blocks[index + 1]!.text) as unknown }]
    : [],
)
const operations = steps.filter(({ language }) => language === 'graphql')

/** What later steps take from the answers of earlier ones. */
type Found = { viewer: { sessions?: { id: string; current: boolean }[] } | null; createChannel: { channel: { id: string } } }

const loosely = (expected: unknown): unknown => {
  if (expected === '…') return expect.any(String)
  if (Array.isArray(expected)) return expected.map(loosely)
  if (typeof expected !== 'object' || expected === null) return expected
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, loosely(value)]))
}

describe('every GraphQL block of the documents', () => {
  const all = documents.flatMap(({ file, text }) =>
    blocksOf(text)
      .filter(({ language }) => language === 'graphql')
      .map((block) => ({ file, ...block })),
  )

  it('is there to be checked', () => expect(all.length).toBeGreaterThan(10))

  it.each(all)('$file: one under «$heading» fits the schema', ({ text }) => {
    expect(validate(schema, parse(text))).toEqual([])
  })
})

describe('the tour', () => {
  let world: World
  const origin = 'http://localhost:4000'
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-tour-'))
    symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
    world = await createWorld({ env: { DEMO: 'true', RATE_LIMITS: 'on' } })
  })
  afterAll(async () => {
    await world.stop()
    rmSync(folder, { recursive: true })
  })

  it('is one answer after the other what the README says', async () => {
    const browser = createClient(world.url, { origin })
    const ids = { session: '', channel: '' }
    for (const { text, answer } of operations) {
      const letter = (await world.mailTo('mary@example.org'))?.text ?? ''
      const query = text
        .replace('CODE FROM THE MAIL', /^\d{6}$/m.exec(letter)?.[0] ?? 'no code')
        .replace('TOKEN FROM THE MAIL', /^[\w-]{43}$/m.exec(letter)?.[0] ?? 'no token')
        .replace('ID OF THE OTHER SESSION', ids.session)
        .replace('ID OF THE CHANNEL', ids.channel)
      const { status: _status, headers: _headers, ...given } = await browser.send(query)
      expect({ query, given }).toEqual({ query, given: loosely(answer) })
      const { viewer, createChannel } = (given.data ?? {}) as Partial<Found>
      ids.session = viewer?.sessions?.find(({ current }) => !current)?.id ?? ids.session
      ids.channel = createChannel?.channel.id ?? ids.channel
    }
  })

  it('has mailed the invited person a link to come in by', async () => {
    expect((await world.mailTo('percy@example.org'))?.text).toContain('/accept-invitation#token=')
  })

  it('goes on with curl and with graphql-ws', async () => {
    const programs = steps.filter(({ language }) => language !== 'graphql')
    expect(programs.map(({ language }) => language)).toEqual(['sh', 'sh', 'js'])
    let token = ''
    for (const { language, text, answer } of programs) {
      const here = text.replaceAll('localhost:4000', new URL(world.url).host)
      const given = JSON.parse(await (language === 'sh' ? curl(here, token) : runModule(here, token))) as unknown
      expect({ here, given }).toEqual({ here, given: loosely(answer) })
      token = (given as { data: { signIn?: { token: string } } }).data.signIn?.token ?? token
    }
  })

  const runModule = async (code: string, token: string): Promise<string> => {
    const file = join(folder, 'who.mjs')
    writeFileSync(file, code)
    const child = spawn(process.execPath, [file], { env: { ...process.env, TOKEN: token }, stdio: ['ignore', 'pipe', 'inherit'] })
    return text(child.stdout)
  }
})

/** What curl would do with such a command: not every machine has it. */
async function curl(command: string, token: string): Promise<string> {
  const url = /https?:\S+/.exec(command)![0]
  const headers = [...command.matchAll(/-H (['"])(.*?)\1/g)].map(
    ([, , header]) => header!.replace('$TOKEN', token).split(': ') as [string, string],
  )
  const response = await fetch(url, { method: 'POST', headers, body: /-d '(.*)'/s.exec(command)![1]! })
  return response.text()
}

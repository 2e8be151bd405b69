import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { type Client, createClient } from '../support/client.ts'
import { connect, type Payload, type TestSocket } from '../support/socket.ts'
import { createWorld, type World } from '../support/world.ts'
import { curl } from './answers.ts'
import { blocksOf, documentNamed, documents } from './documents.ts'

// docs/tour.md, taken step by step as it stands there, and its answers compared. `…` stands for anything.

const blocks = blocksOf(documentNamed('docs/tour.md'))
const answersFrom = (index: number): unknown[] => {
  const rest = blocks.slice(index)
  const end = rest.findIndex(({ language }) => language !== 'json')
  return rest.slice(0, end === -1 ? rest.length : end).map(({ text }) => JSON.parse(text) as unknown)
}
const steps = blocks.flatMap(({ language, text, heading }, index) => {
  const answers = ['graphql', 'sh', 'js'].includes(language) ? answersFrom(index + 1) : []
  return answers.length > 0 ? [{ language, text, heading, answers }] : []
})
const operations = steps.filter(({ language }) => language === 'graphql')

/** What later steps take from the answers of earlier ones. */
type Found = {
  viewer: { sessions?: { id: string; current: boolean }[]; cursor?: string } | null
  createChannel: { channel: { id: string } }
  sendMessage: { message: { id?: string } }
}

const subscribes = (text: string) => /^subscription/m.test(text)

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

  it('has an answer below every block', () => {
    expect(blocks.filter(({ language }) => language !== 'json')).toHaveLength(steps.length)
  })

  it('is one answer after the other what the tour says', async () => {
    const windows: Record<string, Client> = { Mary: createClient(world.url, { origin }), Ada: createClient(world.url, { origin }) }
    const ids = { session: '', channel: '', message: '', cursor: '' }
    const listening: Listening[] = []
    for (const { text, answers } of operations) {
      const letter = (await world.mailTo('mary@example.org'))?.text ?? ''
      const query = text
        .replace('CODE FROM THE MAIL', /^\d{6}$/m.exec(letter)?.[0] ?? 'no code')
        .replace('TOKEN FROM THE MAIL', /^[\w-]{43}$/m.exec(letter)?.[0] ?? 'no token')
        .replace('ID OF THE OTHER SESSION', ids.session)
        .replace('ID OF THE CHANNEL', ids.channel)
        .replace('ID OF THE MESSAGE', ids.message)
        .replace('CURSOR', ids.cursor)
      const browser = windows[/^# (\w+)$/m.exec(text)?.[1] ?? 'Mary']!
      const given = subscribes(text) ? [] : [await answerIn(browser, query)]
      if (subscribes(text)) listening.push(await listenIn(browser, query))
      for (const event of answers.slice(given.length)) given.push(await nextLike(event, listening.at(-1)!))
      expect({ query, given }).toEqual({ query, given: loosely(answers) })
      const { viewer, createChannel, sendMessage } = ((given[0] as Payload).data ?? {}) as Partial<Found>
      ids.session = viewer?.sessions?.find(({ current }) => !current)?.id ?? ids.session
      ids.channel = createChannel?.channel.id ?? ids.channel
      ids.message = sendMessage?.message.id ?? ids.message
      ids.cursor = viewer?.cursor ?? ids.cursor
    }
    expect(listening).toHaveLength(operations.filter(({ text }) => subscribes(text)).length)
    for (const { socket } of listening) await socket.close()
  })

  it('has mailed the invited person a link to come in by', async () => {
    expect((await world.mailTo('percy@example.org'))?.text).toContain('/accept-invitation#token=')
  })

  it('goes on with curl and with graphql-ws', async () => {
    const programs = steps.filter(({ language }) => language !== 'graphql')
    expect(programs.map(({ language }) => language)).toEqual(['sh', 'sh', 'js', 'js'])
    let token = ''
    for (const { language, text, answers } of programs) {
      const here = text.replaceAll('localhost:4000', new URL(world.url).host)
      const given = language === 'sh' ? await curl(here, token) : await lineLike(answers[0], here, token)
      expect({ here, given }).toEqual({ here, given: loosely(answers[0]) })
      token = (given as { data?: { signIn?: { token: string } } }).data?.signIn?.token ?? token
    }
  })

  const answerIn = async (browser: Client, query: string): Promise<unknown> => {
    const { status: _status, headers: _headers, ...answer } = await browser.send(query)
    return answer
  }

  /** As GraphiQL does: signed in by the cookie. */
  const listenIn = async (browser: Client, query: string): Promise<Listening> => {
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const socket = await (await connect(world.url, { origin, cookie })).init()
    return { socket, id: socket.start(query) }
  }

  /** Some programs end, others listen for good, and to them those of the last second may come first. */
  const lineLike = async (expected: unknown, code: string, token: string): Promise<unknown> => {
    const file = join(folder, 'program.mjs')
    writeFileSync(file, code)
    const child = spawn(process.execPath, [file], { env: { ...process.env, TOKEN: token }, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    let said: unknown
    for await (const line of createInterface(child.stdout)) {
      said = JSON.parse(line)
      const { __typename } = said as { __typename?: string }
      if (__typename === (expected as { __typename?: string }).__typename) break
    }
    child.kill()
    await ended
    return said
  }
})

type Listening = { socket: TestSocket; id: string }
type Inbox = { inboxEvents?: { __typename: string; message?: { seq: number } } }

/** The next event; in an inbox that one: others come between, and those of the last second may come again. */
async function nextLike(expected: unknown, { socket, id }: Listening): Promise<Payload> {
  const nameOf = (payload: unknown) => {
    const { __typename, message } = (payload as { data?: Inbox }).data?.inboxEvents ?? {}
    return `${__typename} ${message?.seq}`
  }
  for (;;) {
    const { type, payload } = await socket.nextOf(id)
    if (type !== 'next') throw new Error(`Expected an event, got ${type} ${JSON.stringify(payload)}.`)
    if (nameOf(payload) === nameOf(expected)) return payload!
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answerJson, type Asked, startHttpStub } from '../../support/http-stub.ts'
import { keptLog } from '../../support/log.ts'
import { createDatabase, type TestDatabase } from '../../support/postgres.ts'
import { mailTo, openPost, type Post } from '../../support/postman.ts'
import { startNode } from '../../support/node-process.ts'
import { codeIn, mutate } from '../../support/people.ts'
import { createClient } from '../../support/client.ts'
import { until } from '../../support/until.ts'

type Request = { at: number; to: string; key: string; fault: string }

let database: TestDatabase
let post: Post
const children: ChildProcess[] = []
beforeAll(async () => {
  database = await createDatabase()
  post = await openPost({ url: database.url, mailer: { send: () => Promise.reject(new Error('Not here.')) }, log: keptLog() })
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await post.close()
  await database.drop()
})

const asRequest = ({ headers, body }: Asked) => {
  const { from, to, text } = JSON.parse(body) as { from: string; to: string; text: string }
  return { to, text, from, key: String(headers['idempotency-key']) }
}

async function startMail(name: string, resend: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['test/features/mail/node.ts'], {
    env: { PATH: process.env.PATH, NAME: name, DATABASE_URL: database.url, RESEND_BASE_URL: resend },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout, 'data')
  return child
}

it('every mail goes once, whatever Resend does and whoever dies', { timeout: 90_000 }, async () => {
  const people = Array.from({ length: 12 }, (_, index) => `person${index}@example.org`)
  const requests: Request[] = []
  /** Resend's side of a key: what it took, it doesn't take again. */
  const taken = new Map<string, string>()
  const nodes = new Map<string, ChildProcess>()
  const start = async (name: string) => void nodes.set(name, await startMail(name, resend.url))
  let killed: string | undefined

  const faults: Record<string, (response: ServerResponse, from: string) => void> = {
    '200': (response) => answerJson(response, 200, { id: crypto.randomUUID() }),
    '429': (response) =>
      answerJson(response, 429, { statusCode: 429, name: 'rate_limit_exceeded', message: 'Slowly.' }, { 'retry-after': '2' }),
    '500': (response) => answerJson(response, 500, { statusCode: 500, name: 'internal_server_error', message: 'Oh.' }),
    hang: () => {},
    cut: (response) => response.writeHead(200, { 'content-length': '100' }).write('{"id":', () => response.destroy()),
    // Once: then it only hangs.
    kill: (_response, from) => {
      if (killed) return
      killed = from.split(' ', 1)[0]!
      nodes.get(killed)!.kill('SIGKILL')
    },
  }
  const plan = new Map(people.map((to, index) => [to, ['200', '429', 'kill', '500', 'hang', 'cut'][index % 6]!]))

  const resend = await startHttpStub((response, asked) => {
    const { to, key, from } = asRequest(asked)
    const fault = plan.get(to) ?? '200'
    plan.delete(to)
    requests.push({ at: performance.now(), to, key, fault })
    // What is cut or dies was taken before that; what hangs was not.
    if (['200', 'cut', 'kill'].includes(fault)) taken.set(key, to)
    faults[fault]!(response, from)
  })
  // Half of them are posted as they are, half are written anew for each try.
  for (const [index, to] of people.entries()) {
    const mail = mailTo(to, { priority: to.includes('7') ? 'SECRET' : 'NOTIFICATION' })
    const { letter: _letter, ...order } = mail
    await (index < 6 ? post.post(mail) : post.order({ ...order, writer: 'anew' }))
  }

  await Promise.all([start('one'), start('two')])
  const states = async () => (await post.database.pool.query<{ state: string }>('SELECT state FROM mails')).rows.map(({ state }) => state)
  await until(async () => {
    // An hour is over for those that wait for a new try; 429 is left as long as it wants.
    await post.database.pool.query(`UPDATE mails SET due_at = now() WHERE claim IS NULL AND last_error NOT LIKE '%rate_limit%'`)
    return (await states()).every((state) => state === 'SENT')
  }, 80_000)
  await resend.close()

  expect(nodes.get(killed!)!.signalCode).toBe('SIGKILL')

  expect([...taken.values()].toSorted(), 'each mail, as its reader gets it').toEqual(people.toSorted())
  const keys = Map.groupBy(requests, ({ to }) => to)
  expect(
    [...keys.values()].every((tries) => new Set(tries.map(({ key }) => key)).size === 1),
    'one key for each',
  ).toBe(true)
  // What the other node has written already may go while it is still being written.
  expect(
    requests.slice(0, 4).map(({ to }) => to),
    'the secret before most',
  ).toContain('person7@example.org')
  expect(new Set(requests.map(({ fault }) => fault))).toEqual(new Set(['200', '429', '500', 'hang', 'cut', 'kill']))

  const times = requests.map(({ at }) => at)
  const most = Math.max(...times.map((at) => times.filter((other) => other >= at && other < at + 1_000).length))
  expect(most, 'requests in any second').toBeLessThanOrEqual(2)
  for (const { at } of requests.filter(({ fault }) => fault === '429'))
    expect(
      times.filter((other) => other > at && other < at + 1_950),
      'after 429 nobody asks for as long as it says',
    ).toEqual([])
})

it('a code that was asked for just before the end of a node is sent by the next', { timeout: 60_000 }, async () => {
  const own = await createDatabase()
  let works = false
  const resend = await startHttpStub((response) => (works ? answerJson(response, 200, { id: crypto.randomUUID() }) : undefined))
  const env = { DATABASE_URL: own.url, RESEND_API_KEY: 're_test', RESEND_BASE_URL: resend.url, LOG_LEVEL: 'info' }
  const node = await startNode(env)
  const email = 'ada@example.org'
  expect(await mutate(createClient(node.url), 'requestSignInCode', { email })).toMatchObject({ __typename: 'RequestSignInCodePayload' })
  await until(() => resend.asked.length > 0)
  await node.kill()

  works = true
  const later = await openPost({ url: own.url, mailer: { send: async () => {} }, log: keptLog() })
  // Half a minute later: what the dead one had in hand is free.
  await later.database.pool.query('UPDATE mails SET due_at = now()')
  const next = await startNode(env)
  await until(() => resend.asked.length > 1)
  const [first, second] = resend.asked.map(asRequest)
  expect(second).toEqual(first)
  const client = createClient(next.url)
  expect(await mutate(client, 'signInWithCode', { email, code: codeIn(second) })).toMatchObject({ __typename: 'SignInWithCodePayload' })
  await later.close()
  await next.kill()
  await resend.close()
  await own.drop()
})

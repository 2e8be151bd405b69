import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createMailerResend } from '../../../src/adapters/mailer-resend.ts'
import { act } from '../../support/channels.ts'
import { clockAhead } from '../../support/clock.ts'
import { answerJson, startHttpStub } from '../../support/http-stub.ts'
import { markRead } from '../../support/marks.ts'
import { mutate, type Person, password, query } from '../../support/people.ts'
import { keyOf, seedDirect, seedGroup, seedPerson, type SeededChannel } from '../../support/seed.ts'
import { edit, remove, type Said, send } from '../../support/talk.ts'
import { until } from '../../support/until.ts'
import { createWorld, type World } from '../../support/world.ts'

// A mail that waits in the queue is looked at again before each try: through a whole server and Resend's own client, to a Resend that
// refuses, is away, or doesn't say what it took.

const minute = 60_000
const hour = 60 * minute
const clock = clockAhead()

type Try = { key: string; to: string; text: string; headers: Record<string, string> }
const tries: Try[] = []
/** Resend's side of a key: what it took with it. */
const taken = new Map<string, { body: string; text: string }>()
const clashes: string[] = []
type Fault = 'refuse' | 'reject' | 'lose' | 'cut' | 'none'
let fault: Fault = 'none'
const refusal = (response: ServerResponse, statusCode: number, name: string) =>
  answerJson(response, statusCode, { statusCode, name, message: 'No.' })

let world: World
let resend: Awaited<ReturnType<typeof startHttpStub>>
let admin: Person
let ada: Person
let bob: Person
let direct: SeededChannel
let said: Said[] = []
beforeAll(async () => {
  resend = await startHttpStub((response, { headers, body }) => {
    const key = String(headers['idempotency-key'])
    const mail = JSON.parse(body) as Omit<Try, 'key'>
    tries.push({ key, ...mail })
    if (fault === 'refuse') return refusal(response, 429, 'rate_limit_exceeded')
    if (fault === 'reject') return refusal(response, 422, 'validation_error')
    if (fault === 'lose') return refusal(response, 500, 'application_error')
    const before = taken.get(key)
    if (before && before.body !== body) {
      clashes.push(key)
      return refusal(response, 409, 'invalid_idempotent_request')
    }
    taken.set(key, { body, text: mail.text })
    if (fault === 'cut') return response.writeHead(200, { 'content-length': '100' }).write('{"id":', () => response.destroy())
    return answerJson(response, 200, { id: crypto.randomUUID() })
  })
  const mailer = createMailerResend({ apiKey: 're_test', from: 'Parley <parley@example.org>', baseUrl: resend.url })
  world = await createWorld({ clock, mailer, env: { NOTIFIER: 'on' } })
  admin = await seedPerson(world, { role: 'ADMIN' })
})
afterAll(async () => {
  await world.stop()
  await resend.close()
})
beforeEach(async () => {
  clock.reset()
  fault = 'none'
  ;[ada, bob] = [await seedPerson(world, { displayName: 'Ada' }), await seedPerson(world)]
  await set('email_verified_at = now()')
  direct = await seedDirect(world, ada, bob)
  await rows('DELETE FROM mails; DELETE FROM mail_people; DELETE FROM mail_conversations')
  tries.length = 0
  taken.clear()
})

const rows = async (statement: string) => (await world.app.database.pool.query(statement)).rows as Record<string, unknown>[]
const set = (what: string) => rows(`UPDATE accounts SET ${what} WHERE user_id = '${keyOf(bob.id)}'`)

/** All that can be done by now is done. */
async function settled(): Promise<void> {
  for (let n = 0; n < 2; n++) {
    await world.app.notifier!.settled()
    await world.app.mail.settled()
  }
  await world.app.notifier!.settled()
}
/** The pauses between tries are over. */
async function tryAgain(): Promise<void> {
  await rows(
    `UPDATE mails SET due_at = now() WHERE claim IS NULL; UPDATE server SET next_mail_at = now(); UPDATE sessions SET expires_at = '2100-01-01'`,
  )
  await settled()
}
async function pass(ms: number): Promise<void> {
  clock.forward(ms)
  await tryAgain()
}
/** Two minutes after `text` was said there is one try, with this end. */
async function firstTry(end: Fault, ...texts: string[]): Promise<void> {
  said = []
  for (const text of texts) said.push(await send(ada, direct.id, text))
  await settled()
  fault = end
  await pass(2 * minute + 1_000)
  expect(tries.map(({ to }) => to)).toEqual([bob.email])
}
const got = () => [...taken.values()].map(({ text }) => text)
const keys = () => new Set(tries.map(({ key }) => key)).size
const mailsOfTheDay = async () => {
  const [row] = await rows(`SELECT cardinality(mailed_at) AS mails FROM mail_people WHERE user_id = '${keyOf(bob.id)}'`)
  return row?.mails
}
const dropped = async () =>
  Number(/^parley_mails_dropped_total\{priority="NOTIFICATION"\} (.*)$/m.exec(await (await fetch(`${world.url}/metrics`)).text())?.[1] ?? 0)
const queue = () => rows(`SELECT state FROM mails WHERE state <> 'SENT'`)

const local = (ms: number) => new Date(clock.now().getTime() + ms).toISOString().slice(11, 16)
const unsubscribe = (text: string, which: RegExp) =>
  fetch(which.exec(text)![0].replace('http://localhost:4000', world.url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  })
const link = /http\S+unsubscribe\S+/

it.each<[string, () => Promise<unknown>]>([
  ['was read', () => markRead(bob, direct, 2)],
  [
    'was deleted',
    async () => {
      for (const message of said) await remove(ada, message)
    },
  ],
  ['is of a conversation that was muted', () => act(bob, 'updateMembership', { channelId: direct.id, mutedUntil: '2100-01-01T00:00:00Z' })],
  ['is of one that was unsubscribed from, by the link', () => unsubscribe(tries[0]!.headers['List-Unsubscribe']!, /http[^>]+/)],
  [
    'is for whoever has unsubscribed from everything',
    () => unsubscribe(tries[0]!.text, new RegExp(`(?<=No more mails about messages\\W+)${link.source}`)),
  ],
  ['is for whoever deleted their account', () => mutate(bob.client, 'deleteAccount', { password })],
])('refused, it does not go when it %s meanwhile; nothing is used up', async (_what, happens) => {
  await firstTry('refuse', 'one', 'two')
  await happens()
  fault = 'none'
  await tryAgain()
  expect([tries.length, got(), await queue(), (await mailsOfTheDay()) ?? 0]).toEqual([1, [], [], 0])
  await pass(25 * hour)
  expect(got()).toEqual([])
})

it('refused, it says what there is to say when it goes: less, changed, and more; with one key', async () => {
  const room = await seedGroup(world, { owners: [ada], members: [bob] })
  await send(ada, room.id, `room @${bob.handle}`)
  await firstTry('refuse', 'first', 'second', 'third', 'fourth')
  await markRead(bob, direct, 1)
  await remove(ada, said[1]!)
  await edit(ada, said[2]!, { text: 'changed' })
  await send(ada, direct.id, 'fifth')
  await act(ada, 'removeMember', { channelId: room.id, userId: bob.id })
  fault = 'none'
  await pass(minute)
  const [text, ...others] = got()
  expect([others, keys(), tries.length]).toEqual([[], 1, 2])
  const told = ['first', 'second', 'third', 'changed', 'fourth', 'fifth', 'room'].filter((word) => text!.includes(word))
  expect(told).toEqual(['changed', 'fourth', 'fifth'])
  expect(await mailsOfTheDay()).toBe(1)
  await pass(25 * hour)
  expect(got()).toHaveLength(1)
})

it('refused, it does not go in quiet hours that began meanwhile, nor while they are here; but once those are over', async () => {
  await firstTry('refuse', 'hush')
  await set(`quiet_from = '${local(-hour)}', quiet_to = '${local(hour)}', time_zone = 'UTC'`)
  fault = 'none'
  await tryAgain()
  expect([got(), await queue(), await mailsOfTheDay()]).toEqual([[], [], 0])
  await pass(50 * minute)
  expect(got()).toEqual([])
  fault = 'refuse'
  await pass(11 * minute)
  expect(tries).toHaveLength(2)
  const socket = await bob.connect()
  await socket.run('{ viewer { user { id } } }')
  fault = 'none'
  await tryAgain()
  expect(got()).toEqual([])
  await socket.close()
  await until(async () => {
    await pass(2 * minute)
    return got().length === 1
  })
})

it('what may have been taken goes again word by word, with its key, whatever was said since; that is in the next one', async () => {
  await firstTry('cut', 'one', 'two')
  await send(ada, direct.id, 'three')
  fault = 'lose'
  await pass(minute)
  fault = 'refuse'
  await pass(minute)
  await send(ada, direct.id, 'four')
  fault = 'none'
  await pass(minute)
  expect([tries.length, new Set(tries.map((one) => JSON.stringify(one))).size, await queue()]).toEqual([4, 1, []])
  expect(await mailsOfTheDay()).toBe(1)
  await pass(11 * minute)
  const [first, second, ...others] = got()
  expect([others, first!.includes('three'), second!.includes('two'), second!.includes('three'), second!.includes('four')]).toEqual([
    [],
    false,
    false,
    true,
    true,
  ])
})

it('what may have been taken is not tried again when it says what it should not any more: it counts, and the rest is in the next one', async () => {
  await firstTry('cut', 'secret', 'open')
  await remove(ada, said[0]!)
  fault = 'none'
  await tryAgain()
  expect([tries.length, await queue(), await mailsOfTheDay()]).toEqual([1, [], 1])
  await pass(9 * minute)
  expect(tries).toHaveLength(1)
  await pass(2 * minute)
  const [, text, ...others] = got()
  expect([others, keys(), text!.includes('secret'), text!.includes('open')]).toEqual([[], 2, false, true])
  expect(await mailsOfTheDay()).toBe(2)
})

it('what may have been taken goes neither in quiet hours nor a day later, when its key is forgotten; but once they are over, as another one', async () => {
  await firstTry('lose', 'hush')
  await set(`quiet_from = '${local(-hour)}', quiet_to = '${local(hour)}', time_zone = 'UTC'`)
  await tryAgain()
  expect([tries.length, await queue()]).toEqual([1, []])
  await pass(hour + minute)
  expect([tries.length, keys()]).toEqual([2, 2])
  fault = 'none'
  await pass(21 * hour)
  expect([tries.length, keys(), got().length]).toEqual([3, 3, 1])
})

it('an administrator retries a dead letter: it says what is unread by then; and nothing, where nothing is', async () => {
  const before = await dropped()
  await firstTry('reject', 'one')
  // Each of these would be one more.
  await send(ada, direct.id, 'two')
  await pass(3 * minute)
  expect([tries.length, await queue()]).toEqual([1, [{ state: 'DEAD' }]])
  await markRead(bob, direct, 1)
  fault = 'none'
  await retry()
  expect([keys(), got().map((text) => [text.includes('one'), text.includes('two')])]).toEqual([1, [[false, true]]])

  await send(ada, direct.id, 'three')
  fault = 'reject'
  await pass(11 * minute)
  expect(await queue()).toEqual([{ state: 'DEAD' }])
  await markRead(bob, direct, 3)
  fault = 'none'
  await retry()
  expect([got().length, await queue(), await dropped()]).toEqual([1, [], before + 1])
})

it('who has a dead letter gets another try after six hours, instead of it', async () => {
  await firstTry('reject', 'one')
  await pass(5 * hour)
  expect(tries).toHaveLength(1)
  fault = 'none'
  await pass(hour + minute)
  expect([got().length, keys(), await queue()]).toEqual([1, 2, []])
})

it.each<Fault>(['reject', 'lose'])('a dead letter (%s) about what was read stays one, until a new mail is in its place', async (end) => {
  await firstTry(end, 'one')
  await rows(`UPDATE mails SET state = 'DEAD', settled_at = now(), claim = NULL WHERE state = 'QUEUED'`)
  await markRead(bob, direct, 1)
  fault = 'none'
  await pass(7 * hour)
  await pass(20 * hour)
  expect([got().length, await queue()]).toEqual([0, [{ state: 'DEAD' }]])
  await send(ada, direct.id, 'two')
  await settled()
  await pass(3 * minute)
  expect([got().map((text) => text.includes('two')), keys(), await queue()]).toEqual([[true], 2, []])
})

it('to an address that is theirs by then', async () => {
  await firstTry('refuse', 'one')
  await set(`email = 'new.${keyOf(bob.id)}@example.org'`)
  fault = 'none'
  await tryAgain()
  await tryAgain()
  expect(tries.map(({ to }) => to)).toEqual([bob.email, `new.${keyOf(bob.id)}@example.org`])
})

it('nothing of what was said stands in the queue, and Resend was never asked other words with a key that it knows', async () => {
  await firstTry('cut', 'a s3cret')
  expect(await rows(`SELECT FROM mails WHERE state = 'QUEUED'`)).toHaveLength(1)
  expect(await rows(`SELECT FROM mails WHERE mails::text LIKE '%s3cret%'`)).toEqual([])
  expect(clashes).toEqual([])
})

async function retry(): Promise<void> {
  const { deadLetters } = await query<{ deadLetters: { edges: { node: { id: string } }[] } }>(
    admin.client,
    '{ deadLetters(first: 1) { edges { node { id } } } }',
  )
  expect(await mutate(admin.client, 'retryDeadLetter', { id: deadLetters.edges[0]!.node.id })).toMatchObject({
    __typename: 'RetryDeadLetterPayload',
  })
  await settled()
}

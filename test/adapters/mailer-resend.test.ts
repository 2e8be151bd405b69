import { afterEach, describe, expect, it } from 'vitest'
import { createMailerResend } from '../../src/adapters/mailer-resend.ts'
import { type Mail, MailRefused } from '../../src/ports/mailer.ts'
import { answerJson, startHttpStub } from '../support/http-stub.ts'
import { letter, mailerContract } from './contracts/mailer.ts'

const stubs: { close(): Promise<void> }[] = []
afterEach(async () => void (await Promise.all(stubs.splice(0).map((stub) => stub.close()))))

type Answer = Parameters<typeof startHttpStub>[0]

async function open(answer: Answer, timeoutMs = 10_000) {
  const resend = await startHttpStub(answer)
  stubs.push(resend)
  const mailer = createMailerResend({ apiKey: 're_S3CRET', from: 'Parley <parley@example.org>', baseUrl: resend.url, timeoutMs })
  const refusal = async (mail = letter()) => {
    const error: unknown = await mailer.send(mail).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(MailRefused)
    expect((error as MailRefused).message).not.toMatch(/S3CRET|123456|t0ken/)
    return error as MailRefused
  }
  return { resend, mailer, refusal }
}

const accept: Answer = (response) => answerJson(response, 200, { id: crypto.randomUUID() })
const refuse =
  (status: number, name: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    answerJson(response, status, { statusCode: status, name, message: 'No, because.' }, headers)

mailerContract('mailer-resend', async () => {
  // Resend's side of a key: the first answer again, and no second mail.
  const mails = new Map<string, Mail>()
  const { resend, mailer } = await open((response, { headers, body }) => {
    const key = String(headers['idempotency-key'])
    if (!mails.has(key)) mails.set(key, JSON.parse(body) as Mail)
    answerJson(response, 200, { id: key })
  })
  return {
    mailer,
    arrived: async () => [...mails.values()],

    breakDown: () => resend.close().then(() => void stubs.pop()),
  }
})

describe('mailer-resend', () => {
  it('asks as Resend wants to be asked', async () => {
    const { resend, mailer } = await open(accept)
    const mail = letter({ headers: { 'List-Unsubscribe': '<https://parley.example>' } })
    await mailer.send(mail)
    const [asked] = resend.asked
    expect(asked).toMatchObject({ method: 'POST', path: '/emails' })
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer re_S3CRET',
      'content-type': 'application/json',
      'idempotency-key': mail.idempotencyKey,
    })
    const { idempotencyKey: _, ...rest } = mail
    expect(JSON.parse(asked!.body)).toEqual({ ...rest, from: 'Parley <parley@example.org>' })
  })

  it('waits as long as Resend says', async () => {
    expect(await open(refuse(429, 'rate_limit_exceeded', { 'retry-after': '7' })).then(({ refusal }) => refusal())).toMatchObject({
      retryAfterMs: 7_000,
      message: 'Resend refused the mail (rate_limit_exceeded): No, because.',
    })
    const date = new Date(Date.now() + 60_000).toUTCString()
    const { retryAfterMs } = await (await open(refuse(503, 'application_error', { 'retry-after': date }))).refusal()
    expect(retryAfterMs).toBeGreaterThan(50_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  const cases: [string, Answer, number | null][] = [
    ['429 without a time', refuse(429, 'rate_limit_exceeded'), 1_000],
    ['429, the time makes no sense', refuse(429, 'rate_limit_exceeded', { 'retry-after': 'soon' }), 1_000],
    ['the quota is spent', refuse(429, 'daily_quota_exceeded'), 3_600_000],
    ['500', refuse(500, 'internal_server_error'), 10_000],
    ["502, a proxy's page", (response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'), 10_000],
    ['502, JSON of somebody else', (response) => answerJson(response, 502, { error: 'bad gateway' }), 10_000],
    ['502, null', (response) => answerJson(response, 502, null), 10_000],
    ['200, not JSON', (response) => response.writeHead(200).end('fine'), 10_000],
    ['200, no id', (response) => answerJson(response, 200, {}), 10_000],
    ['cut before the answer', (response) => response.destroy(), 10_000],
    [
      'cut within the answer',
      (response) => response.writeHead(200, { 'content-length': '100' }).write('{"id":', () => response.destroy()),
      10_000,
    ],
    ['the same key is being worked on', refuse(409, 'concurrent_idempotent_requests'), 1_000],
    ['the same key for another mail', refuse(409, 'invalid_idempotent_request'), null],
    ['a malformed address', refuse(422, 'validation_error'), null],
    ['a wrong key', refuse(401, 'invalid_api_key'), null],
    ['a sender that is not ours', refuse(403, 'invalid_from_address'), null],
  ]
  it.each(cases)('tells whether to try again: %s', async (_name, answer, retryAfterMs) => {
    const { refusal } = await open(answer)
    expect((await refusal()).retryAfterMs).toBe(retryAfterMs)
  })

  it('tells what is no fault of the mail: too many requests, whoever asks', async () => {
    const forAll = async (answer: Answer) => (await (await open(answer)).refusal()).forAll
    expect(await forAll(refuse(429, 'rate_limit_exceeded'))).toBe(true)
    expect(await forAll(refuse(429, 'daily_quota_exceeded'))).toBe(true)
    expect(await forAll(refuse(422, 'validation_error'))).toBe(false)
    expect(await forAll(refuse(500, 'internal_server_error'))).toBe(false)
  })

  const hangs: [string, Answer][] = [
    ['says nothing', () => {}],
    ['begins an answer', (response) => void response.writeHead(200).write('{')],
    ['begins a refusal', (response) => void response.writeHead(500).write('{')],
  ]
  it.each(hangs)('gives up on a Resend that %s', async (_name, answer) => {
    const { refusal } = await open(answer, 300)
    const start = performance.now()
    expect(await refusal()).toMatchObject({ retryAfterMs: 10_000, message: 'Resend did not answer within 0.3 s.' })
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

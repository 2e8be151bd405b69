import { afterEach, describe, expect, it } from 'vitest'
import { createSmsTwilio } from '../../src/adapters/sms-twilio.ts'
import { SmsRefused } from '../../src/ports/sms.ts'
import { answerJson, startHttpStub } from '../support/http-stub.ts'
import { message, smsContract } from './contracts/sms.ts'

const stubs: { close(): Promise<void> }[] = []
afterEach(async () => void (await Promise.all(stubs.splice(0).map((stub) => stub.close()))))

type Answer = Parameters<typeof startHttpStub>[0]

const accept: Answer = (response) => answerJson(response, 201, { sid: 'SM1', status: 'queued' })
const refuse =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) =>
    answerJson(response, status, body, headers)

async function open(answer: Answer, { from = '+15005550006', timeoutMs = 10_000 } = {}) {
  const twilio = await startHttpStub(answer)
  stubs.push(twilio)
  const sender = createSmsTwilio({ accountSid: 'AC123', authToken: 'S3CRET', from, baseUrl: `${twilio.url}/`, timeoutMs })
  const refusal = async () => {
    const error: unknown = await sender.send(message).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(SmsRefused)
    expect((error as SmsRefused).message).not.toMatch(/S3CRET|908172|Basic/)
    return error as SmsRefused
  }
  return { twilio, sender, refusal }
}

smsContract('sms-twilio', async () => {
  const { twilio, sender } = await open(accept)
  const arrived = async () =>
    twilio.asked.map(({ body }) => {
      const form = new URLSearchParams(body)
      return { to: form.get('To')!, text: form.get('Body')! }
    })
  return { sender, arrived, breakDown: () => twilio.close().then(() => void stubs.pop()) }
})

describe('sms-twilio', () => {
  it('asks as Twilio wants to be asked', async () => {
    const { twilio, sender } = await open(accept)
    await sender.send(message)
    expect(twilio.asked[0]).toMatchObject({ method: 'POST', path: '/2010-04-01/Accounts/AC123/Messages.json' })
    expect(twilio.asked[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('AC123:S3CRET').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    })
    expect([...new URLSearchParams(twilio.asked[0]?.body)]).toEqual([
      ['From', '+15005550006'],
      ['To', message.to],
      ['Body', message.text],
    ])
  })

  it('sends through a messaging service', async () => {
    const { twilio, sender } = await open(accept, { from: 'MG42' })
    await sender.send(message)
    const form = new URLSearchParams(twilio.asked[0]?.body)
    expect(form.get('MessagingServiceSid')).toBe('MG42')
    expect(form.has('From')).toBe(false)
  })

  const cases: [string, Answer, number | null, string][] = [
    [
      'no such number',
      refuse(400, { code: 21211, message: 'Invalid number.' }),
      null,
      'Twilio refused the message (21211): Invalid number.',
    ],
    ['a wrong key', refuse(401, { code: 20003, message: 'Authenticate' }), null, 'Twilio refused the message (20003): Authenticate'],
    ['too many', refuse(429, { code: 20429 }, { 'retry-after': '3' }), 3_000, 'Twilio refused the message (20429): Too Many Requests'],
    ['a fault of theirs', refuse(503, {}), 10_000, 'Twilio refused the message (503): Service Unavailable'],
    ["a proxy's page", (response) => response.writeHead(502).end('<h1>Bad'), 10_000, 'Twilio refused the message (502): Bad Gateway'],
    ['JSON that is no object', refuse(500, null as never), 10_000, 'Twilio refused the message (500): Internal Server Error'],
    ['cut before the answer', (response) => response.destroy(), 10_000, "Twilio can't be reached: other side closed"],
    ['sent elsewhere', refuse(307, {}, { location: 'http://127.0.0.1:1/' }), 10_000, "Twilio can't be reached: unexpected redirect"],
  ]
  it.each(cases)('says what was wrong, and whether to try again: %s', async (_name, answer, retryAfterMs, message) => {
    const { refusal } = await open(answer)
    expect(await refusal()).toMatchObject({ retryAfterMs, message })
  })

  const hangs: [string, Answer, string][] = [
    ['says nothing', () => {}, "Twilio can't be reached: no answer within 0.3 s."],
    ['begins a refusal', (response) => void response.writeHead(500).write('{'), 'Twilio refused the message (500): Internal Server Error'],
  ]
  it.each(hangs)('gives up on a Twilio that %s', async (_name, answer, text) => {
    const { refusal } = await open(answer, { timeoutMs: 300 })
    const start = performance.now()
    expect(await refusal()).toMatchObject({ retryAfterMs: 10_000, message: text })
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

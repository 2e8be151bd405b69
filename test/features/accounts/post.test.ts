import { expect, it } from 'vitest'
import { createPost, type Sms } from '../../../src/features/accounts/post.ts'
import { SmsRefused, type SmsSender } from '../../../src/ports/sms.ts'
import { keptLog } from '../../support/log.ts'

const message: Sms = { to: '+491701234567', text: 'Hello' }

/** A sender that refuses as told, then accepts. */
function refusing(...refusals: Error[]): SmsSender & { sent: Sms[]; tries: number } {
  const sender = {
    sent: [] as Sms[],
    tries: 0,
    async send(sms: Sms) {
      sender.tries++
      const refusal = refusals.shift()
      if (refusal) throw refusal
      sender.sent.push(sms)
    },
  }
  return sender
}

function open(sms: SmsSender) {
  const log = keptLog()
  return { log, post: createPost({ sms, log, pauseMs: 1 }) }
}

it('sends after its caller has gone on', async () => {
  const sms = refusing()
  const { post } = open(sms)
  post.sms(message)
  expect(sms.sent).toEqual([])
  await post.settled()
  expect(sms.sent).toEqual([message])
})

it('tries again as the refusal says', async () => {
  const sms = refusing(new SmsRefused('busy', 1), new Error('socket hang up'))
  const { post, log } = open(sms)
  post.sms(message)
  await post.settled()
  expect({ tries: sms.tries, sent: sms.sent.length }).toEqual({ tries: 3, sent: 1 })
  expect(log.lines).toEqual([])
})

it('gives up where trying again can not help, and says why but not to whom', async () => {
  const sms = refusing(new SmsRefused('No such number: +491701234567', null))
  const { post, log } = open(sms)
  post.sms(message)
  await post.settled()
  expect(sms.tries).toBe(1)
  expect(log.lines).toMatchObject([{ level: 'error', fields: { reason: 'No such number: …', tries: 1 } }])
  expect(JSON.stringify(log.lines)).not.toContain('+4917')
})

it('gives up after four tries', async () => {
  const sms = refusing(...Array.from({ length: 9 }, () => new SmsRefused('busy', 1)))
  const { post, log } = open(sms)
  post.sms(message)
  await post.settled()
  expect(sms.tries).toBe(4)
  expect(log.lines).toHaveLength(1)
})

it('does not wait for a pause when it closes', async () => {
  const sms = refusing(new SmsRefused('later', 60_000))
  const { post, log } = open(sms)
  post.sms(message)
  await post.close()
  expect(sms.sent).toEqual([])
  expect(log.lines).toHaveLength(1)
})

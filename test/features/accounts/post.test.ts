import { expect, it } from 'vitest'
import { createPost } from '../../../src/features/accounts/post.ts'
import { type Mail, type Mailer, MailRefused } from '../../../src/ports/mailer.ts'
import { keptLog } from '../../support/log.ts'

const mail: Mail = { to: 'ada@example.com', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>', idempotencyKey: 'one' }

/** A mailer that refuses as told, then accepts. */
function refusing(...refusals: Error[]): Mailer & { sent: Mail[]; tries: number } {
  const mailer = {
    sent: [] as Mail[],
    tries: 0,
    async send(mail: Mail) {
      mailer.tries++
      const refusal = refusals.shift()
      if (refusal) throw refusal
      mailer.sent.push(mail)
    },
  }
  return mailer
}

function open(mailer: Mailer) {
  const log = keptLog()
  return { log, post: createPost({ mailer, sms: { send: async () => {} }, log, pauseMs: 1 }) }
}

it('sends after its caller has gone on', async () => {
  const mailer = refusing()
  const { post } = open(mailer)
  post.mail(() => mail)
  expect(mailer.sent).toEqual([])
  await post.settled()
  expect(mailer.sent).toEqual([mail])
})

it('tries again as the refusal says, with the mail it prepared once', async () => {
  const mailer = refusing(new MailRefused('busy', 1), new Error('socket hang up'))
  const { post, log } = open(mailer)
  let prepared = 0
  post.mail(async () => {
    prepared++
    return mail
  })
  await post.settled()
  expect({ prepared, tries: mailer.tries, sent: mailer.sent.length }).toEqual({ prepared: 1, tries: 3, sent: 1 })
  expect(log.lines).toEqual([])
})

it('prepares again what could not be prepared', async () => {
  const mailer = refusing()
  const { post } = open(mailer)
  let tries = 0
  post.mail(async () => {
    if (++tries === 1) throw new Error('no database')
    return mail
  })
  await post.settled()
  expect(mailer.sent).toHaveLength(1)
})

it('sends nothing where nothing was prepared', async () => {
  const mailer = refusing()
  const { post } = open(mailer)
  post.mail(async () => null)
  await post.settled()
  expect(mailer.tries).toBe(0)
})

it('gives up where trying again can not help, and says why but not to whom', async () => {
  const mailer = refusing(new MailRefused('No such mailbox: ada@example.com', null))
  const { post, log } = open(mailer)
  post.mail(() => mail)
  await post.settled()
  expect(mailer.tries).toBe(1)
  expect(log.lines).toMatchObject([{ level: 'error', fields: { reason: 'No such mailbox: …', tries: 1 } }])
  expect(JSON.stringify(log.lines)).not.toContain('ada@')
})

it('gives up after four tries', async () => {
  const mailer = refusing(...Array.from({ length: 9 }, () => new MailRefused('busy', 1)))
  const { post, log } = open(mailer)
  post.mail(() => mail)
  await post.settled()
  expect(mailer.tries).toBe(4)
  expect(log.lines).toHaveLength(1)
})

it('does not wait for a pause when it closes', async () => {
  const mailer = refusing(new MailRefused('later', 60_000))
  const { post, log } = open(mailer)
  post.mail(() => mail)
  await post.close()
  expect(mailer.sent).toEqual([])
  expect(log.lines).toHaveLength(1)
})

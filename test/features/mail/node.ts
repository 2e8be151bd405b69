import { createMailerResend } from '../../../src/adapters/mailer-resend.ts'
import { keptLog } from '../../support/log.ts'
import type { Writer } from '../../../src/features/mail/mails.ts'
import { mailTo, openPost } from '../../support/postman.ts'

// The mail of one node in a process of its own, to be killed: the real client of Resend, and the real distance between mails.

const { DATABASE_URL, RESEND_BASE_URL, NAME } = process.env
const answerMs = 700
const mailer = createMailerResend({
  apiKey: 're_test',
  from: `${NAME} <parley@example.org>`,
  baseUrl: RESEND_BASE_URL!,
  timeoutMs: answerMs,
})
/** Writes each try anew. */
const anew: Writer = { write: async ({ to }) => ({ ...mailTo(to).letter, about: { to } }) }
const post = await openPost({
  writers: { anew },
  url: DATABASE_URL!,
  mailer,
  log: keptLog(),
  gapMs: 600,
  everyMs: 200,
  leaseMs: 6_000,
  answerMs,
})
post.start()
process.stdout.write('ready\n')

import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { type Mail, type Mailer, MailRefused } from '../ports/mailer.ts'
import { createOutboxFolder } from './outbox-folder.ts'

const day = 86_400_000

/**
 * Mails as files in `<dataDir>/mail`: one to read, and beside it what a mail program would show. The log names the file and says
 * nothing of what is in it: whoever has its links can sign in.
 */
export function createMailerFiles({ dataDir, from, clock, log }: { dataDir: string; from: string; clock: Clock; log: Log }): Mailer {
  const folder = resolve(dataDir, 'mail')
  const outbox = createOutboxFolder(folder)

  const write = async (mail: Mail) => {
    const at = clock.now()
    const mark = createHash('sha256').update(mail.idempotencyKey).digest('hex').slice(0, 16)
    if (await outbox.has(mark, new Date(at.getTime() - day))) return
    const file = { at, to: mail.to, mark }
    await outbox.write({ ...file, extension: 'html', content: mail.html })
    const path = await outbox.write({ ...file, extension: 'txt', content: readable(mail, from, at) })
    log.info('A mail is waiting in a file.', { file: pathToFileURL(path).href })
  }

  return {
    async send(mail) {
      try {
        await write(mail)
      } catch (error) {
        throw new MailRefused(`The mail could not be written to ${folder}: ${(error as Error).message}`, 60_000)
      }
    },
  }
}

const readable = ({ to, subject, text, headers = {} }: Mail, from: string, at: Date) =>
  [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Date: ${at.toUTCString()}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    text,
    '',
  ].join('\n')

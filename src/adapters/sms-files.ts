import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { SmsRefused, type SmsSender } from '../ports/sms.ts'
import { createOutboxFolder } from './outbox-folder.ts'

/** Short messages as files in `<dataDir>/sms`. The log names the file and says nothing of the code in it. */
export function createSmsFiles({ dataDir, clock, log }: { dataDir: string; clock: Clock; log: Log }): SmsSender {
  const folder = resolve(dataDir, 'sms')
  const outbox = createOutboxFolder(folder)

  return {
    async send({ to, text }) {
      try {
        const at = clock.now()
        const content = [`To: ${to}`, `Date: ${at.toUTCString()}`, '', text, ''].join('\n')
        const path = await outbox.write({ at, to, mark: randomUUID().slice(0, 8), extension: 'txt', content })
        log.info('A short message is waiting in a file.', { file: pathToFileURL(path).href })
      } catch (error) {
        throw new SmsRefused(`The short message could not be written to ${folder}: ${(error as Error).message}`, 60_000)
      }
    },
  }
}

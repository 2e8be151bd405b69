import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { codeLetter, invitationLetter } from '../src/features/accounts/accounts.mail.ts'
import type { Letter } from '../src/features/mail/mails.ts'
import { notificationLetter } from '../src/features/notifications/notifications.mail.ts'

// npm run mails: samples of what Parley mails, as files to open. With the command of a Chromium, pictures as well:
// npm run mails -- chromium

const folder = resolve('.parley/samples')
const pictures = resolve('docs/pictures')
const [browser] = process.argv.slice(2)

const url = 'https://chat.example.org'
const at = (time: string) => new Date(`2026-11-25T${time}:00Z`)

const samples: Record<string, { letter: Letter; height: number }> = {
  code: { letter: codeLetter('428915', '10 minutes', { unconfirmed: false }), height: 500 },
  invitation: {
    letter: invitationLetter(
      {
        url: `${url}/accept-invitation#token=x8Jk`,
        token: 'x8JkQm0Vt5cJ2nYdL4rW9sZb7eFgHuPaXi3oTqKvR6M',
        lifetime: '7 days',
        expiresAt: at('12:00'),
      },
      'grace',
      'ada',
    ),
    height: 640,
  },
  notification: {
    letter: notificationLetter({
      handle: 'grace',
      timeZone: 'Europe/Berlin',
      settings: `${url}/settings`,
      unsubscribeAll: `${url}/unsubscribe?token=all`,
      conversations: [
        {
          channelId: '1',
          name: 'Ada Lovelace',
          kind: 'DIRECT',
          link: `${url}/c/1`,
          mentionsYou: false,
          more: 0,
          messages: [
            {
              sender: 'Ada Lovelace',
              at: at('13:05'),
              text: 'Soup at one?\nThe kitchen has lentils 🍲 and I have the notes on the engine.',
            },
            { sender: 'Ada Lovelace', at: at('13:21'), text: 'No hurry.' },
          ],
          unsubscribe: `${url}/unsubscribe?token=1`,
        },
        {
          channelId: '2',
          name: 'Compilers',
          kind: 'PUBLIC',
          link: `${url}/c/2`,
          mentionsYou: true,
          more: 4,
          messages: [
            {
              sender: 'Linus Torvalds',
              at: at('14:02'),
              text: '@grace the build breaks on https://ci.example.org/runs/4711?step=link, <stdin>: undefined reference to `main`. Have you seen averyveryveryverylongwordthatneverends_averyveryveryverylongwordthatneverends before?',
            },
            { sender: 'مريم ميرزاخاني', at: at('14:09'), text: 'نعم، رأيته أمس. جرّبي من جديد!' },
          ],
          unsubscribe: `${url}/unsubscribe?token=2`,
        },
      ],
    }),
    height: 1120,
  },
}

await mkdir(folder, { recursive: true })
for (const [name, { letter }] of Object.entries(samples)) {
  const { subject, text, headers = {} } = letter
  const head = Object.entries({ Subject: subject, ...headers }).map(([header, value]) => `${header}: ${value}`)
  await writeFile(join(folder, `${name}.txt`), `${head.join('\n')}\n\n${text}`)
  await writeFile(join(folder, `${name}.html`), letter.html)
}
console.log(`Samples are in ${folder}`)

if (browser) {
  await mkdir(pictures, { recursive: true })
  for (const [name, { height }] of Object.entries(samples)) {
    for (const [scheme, number] of [
      ['light', 1],
      ['dark', 0],
    ] as const) {
      await promisify(execFile)(browser, [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--hide-scrollbars',
        `--blink-settings=preferredColorScheme=${number}`,
        `--window-size=700,${height}`,
        `--screenshot=${join(pictures, `mail-${name}-${scheme}.png`)}`,
        pathToFileURL(join(folder, `${name}.html`)).href,
      ])
    }
  }
  console.log(`Pictures are in ${pictures}`)
}

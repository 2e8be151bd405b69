import { describe, expect, it } from 'vitest'
import { type Mail, type Mailer, MailRefused } from '../../../src/ports/mailer.ts'

export const letter = (given: Partial<Mail> = {}): Mail => ({
  to: 'ada@example.org',
  subject: 'Grüße aus Parley 👋',
  text: 'Your code is 123456.\n\nOr follow https://parley.example/sign-in#t0ken-of-the-link\n',
  html: '<p>Your code is <b>123456</b>. Or <a href="https://parley.example/sign-in#t0ken-of-the-link">sign in</a>.</p>',
  idempotencyKey: crypto.randomUUID(),
  ...given,
})

export type MailerWorld = {
  mailer: Mailer
  /** What has arrived where mails go, in any order. */
  arrived(): Promise<Pick<Mail, 'to' | 'subject' | 'text' | 'html'>[]>
  /** From now on nothing is accepted. */
  breakDown(): Promise<void>
}

/** What any mailer must do. */
export function mailerContract(name: string, open: () => Promise<MailerWorld>): void {
  describe(`${name} as a mailer`, () => {
    it('hands a mail over as it is', async () => {
      const { mailer, arrived } = await open()
      const mail = letter()
      await mailer.send(mail)
      const [found] = await arrived()
      expect(found).toMatchObject({ to: mail.to, subject: mail.subject, html: mail.html })
      expect(found?.text.trim()).toBe(mail.text.trim())
    })

    it('makes one mail of the same key twice, and two of two keys', async () => {
      const { mailer, arrived } = await open()
      const mail = letter()
      await mailer.send(mail)
      await mailer.send(mail)
      expect(await arrived()).toHaveLength(1)
      await mailer.send({ ...mail, idempotencyKey: crypto.randomUUID() })
      expect(await arrived()).toHaveLength(2)
    })

    it('takes many at once', async () => {
      const { mailer, arrived } = await open()
      const people = Array.from({ length: 20 }, (_, index) => `person${index}@example.org`)
      await Promise.all(people.map((to) => mailer.send(letter({ to }))))
      expect((await arrived()).map(({ to }) => to).toSorted()).toEqual(people.toSorted())
    })

    it('rejects with MailRefused when nobody takes it, and lets it be tried again', async () => {
      const { mailer, breakDown } = await open()
      await breakDown()
      const error: unknown = await mailer.send(letter()).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(MailRefused)
      expect((error as MailRefused).retryAfterMs).toBeGreaterThan(0)
      expect((error as MailRefused).message).not.toMatch(/123456|t0ken/)
    })
  })
}

import { describe, expect, it } from 'vitest'
import { SmsRefused, type SmsSender } from '../../../src/ports/sms.ts'

export type SmsWorld = {
  sender: SmsSender
  /** What has arrived where short messages go, in any order. */
  arrived(): Promise<{ to: string; text: string }[]>
  /** From now on nothing is accepted. */
  breakDown(): Promise<void>
}

export const message = { to: '+491701234567', text: 'Grüße: 908172 is your code & more = 1+1 👋' }

/** What any sender of short messages must do. */
export function smsContract(name: string, open: () => Promise<SmsWorld>): void {
  describe(`${name} as a sender of short messages`, () => {
    it('hands a message over as it is', async () => {
      const { sender, arrived } = await open()
      await sender.send(message)
      expect(await arrived()).toEqual([message])
    })

    it('takes many at once, to one person, too', async () => {
      const { sender, arrived } = await open()
      const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`)
      await Promise.all(texts.map((text) => sender.send({ to: message.to, text })))
      expect((await arrived()).map(({ text }) => text).toSorted()).toEqual(texts.toSorted())
    })

    it('rejects with SmsRefused when nobody takes it, and keeps the text to itself', async () => {
      const { sender, breakDown } = await open()
      await breakDown()
      const error: unknown = await sender.send(message).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(SmsRefused)
      expect((error as SmsRefused).retryAfterMs).toBeGreaterThan(0)
      expect((error as SmsRefused).message).not.toContain('908172')
    })
  })
}

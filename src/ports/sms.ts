/** Hands a short message over. Resolves when it was accepted, rejects with `SmsRefused` when it was not. `to` is E.164 (`+491701234567`). */
export type SmsSender = {
  send(sms: { to: string; text: string }): Promise<void>
}

/** `retryAfterMs` is null where trying again can't help (no such number, a wrong key). */
export class SmsRefused extends Error {
  override readonly name = 'SmsRefused'
  readonly retryAfterMs: number | null

  constructor(message: string, retryAfterMs: number | null) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

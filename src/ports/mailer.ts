export type Mail = {
  to: string
  subject: string
  text: string
  html: string
  /** The same key twice is one mail, within a day. */
  idempotencyKey: string
  headers?: Record<string, string>
}

/** Hands a mail over. Resolves when it was accepted; rejects with `MailRefused` when it was not. */
export type Mailer = {
  send(mail: Mail): Promise<void>
}

/** `retryAfterMs` is null where trying again can't help (a malformed address, a wrong key). */
export class MailRefused extends Error {
  override readonly name = 'MailRefused'
  readonly retryAfterMs: number | null

  constructor(message: string, retryAfterMs: number | null) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

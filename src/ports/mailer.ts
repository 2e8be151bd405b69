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

/**
 * `retryAfterMs` is null where trying again can't help (a malformed address, a wrong key). `forAll`: it isn't this mail's fault, and any
 * other one would be refused as well until then. `mayBeTaken`: nobody has heard what became of it.
 */
export class MailRefused extends Error {
  override readonly name = 'MailRefused'
  readonly retryAfterMs: number | null
  readonly forAll: boolean
  readonly mayBeTaken: boolean

  constructor(message: string, retryAfterMs: number | null, { forAll = false, mayBeTaken = false } = {}) {
    super(message)
    this.retryAfterMs = retryAfterMs
    this.forAll = forAll
    this.mayBeTaken = mayBeTaken
  }
}

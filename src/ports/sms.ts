/** Hands a short message over. Resolves when it was accepted, rejects when it was not. `to` is E.164 (`+491701234567`). */
export type SmsSender = {
  send(sms: { to: string; text: string }): Promise<void>
}

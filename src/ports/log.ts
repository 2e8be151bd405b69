/**
 * One line an event: a sentence in `message`, the facts in `fields`. Never a password, token, code or message text.
 * `child` adds fields to every line (a request's id, for one).
 */
export type Log = {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
  child(fields: Record<string, unknown>): Log
}

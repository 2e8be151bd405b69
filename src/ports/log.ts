/** Facts beside the sentence. `message`, `level` and `time` are the line's own: a fact of that name would hide behind it. */
export type Fields = Record<string, unknown> & { message?: never; level?: never; time?: never }

/**
 * One line an event: a sentence in `message`, the facts in `fields`. Never a password, token, code or message text.
 * `child` adds fields to every line (a request's id, for one).
 */
export type Log = {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  child(fields: Fields): Log
}

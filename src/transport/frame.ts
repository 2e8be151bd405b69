// Bytes as a latin1 string, one character each: what Node joins and writes to a socket fastest.

export const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')

/** The same answer goes to many sockets in a row: its bytes are found once. */
let known = { text: '', bytes: '' }

function bytesOnce(text: string): string {
  if (known.text !== text) known = { text, bytes: bytesOf(text) }
  return known.bytes
}

/** A WebSocket message of these parts: unmasked, in one frame. `before` and `after` are bytes already. */
export function textFrame(before: string, text: string, after: string): string {
  const bytes = bytesOnce(text)
  return `${header(before.length + bytes.length + after.length)}${before}${bytes}${after}`
}

const { fromCharCode } = String
const textInOneFrame = 0x81

function header(length: number): string {
  if (length < 126) return fromCharCode(textInOneFrame, length)
  if (length < 65_536) return fromCharCode(textInOneFrame, 126, length >> 8, length & 255)
  return fromCharCode(textInOneFrame, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255)
}

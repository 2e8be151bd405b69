// Messages of the protocol as WebSocket frames, past `ws`. Bytes are latin1 strings, one character each: what Node joins and writes fastest.

export const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')

/** A text message in one frame, unmasked. */
export const framed = (bytes: string): string => header(bytes.length) + bytes

const startOfText = (id: string): string => `{"id":${JSON.stringify(id)}`
const endOfText = (answer: string): string => `,"type":"next","payload":${answer}}`

/** An operation's next answer, not framed yet. */
export const nextText = (id: string, answer: string): string => startOfText(id) + endOfText(answer)

/** The same answer goes to many sockets in a row: its bytes are found once. */
let known = { answer: '', end: '' }

function endOnce(answer: string): string {
  if (known.answer !== answer) known = { answer, end: bytesOf(endOfText(answer)) }
  return known.end
}

/** How the messages of an operation begin. */
export const startOf = (id: string): string => bytesOf(startOfText(id))

/** An operation's next answer, to be joined with others. */
export function nextFrame(start: string, answer: string): string {
  const end = endOnce(answer)
  return header(start.length + end.length) + start + end
}

/** The frame that was asked for last, and where in it an operation's message begins. */
let last = { answer: '', length: 0, at: 0, frame: Buffer.alloc(0) }

/**
 * An operation's next answer. The same answer goes to many sockets, and all that differs is how it begins: one buffer serves one after
 * the other. So whoever keeps it has to copy it.
 */
export function sharedFrame(start: string, answer: string): Buffer {
  if (last.answer === answer && last.length === start.length) last.frame.write(start, last.at, 'latin1')
  else {
    const frame = nextFrame(start, answer)
    last = { answer, length: start.length, at: frame.length - start.length - endOnce(answer).length, frame: Buffer.from(frame, 'latin1') }
  }
  return last.frame
}

const { fromCharCode } = String
const textInOneFrame = 0x81

function header(length: number): string {
  if (length < 126) return fromCharCode(textInOneFrame, length)
  if (length < 65_536) return fromCharCode(textInOneFrame, 126, length >> 8, length & 255)
  return fromCharCode(textInOneFrame, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255)
}

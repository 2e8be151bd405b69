import { randomFillSync } from 'node:crypto'
import type { Ids } from '../ports/ids.ts'

/** UUIDv7 (RFC 9562): 48 bits of time, a counter of 12 bits that keeps the order within a millisecond, 62 random bits. */
export function createIds(now: () => number = Date.now): Ids {
  const bytes = Buffer.alloc(16)
  let millisecond = 0
  let counter = 0
  return () => {
    const time = now()
    if (time > millisecond) {
      millisecond = time
      counter = 0
    } else if (++counter > 0xfff) {
      millisecond++
      counter = 0
    }
    randomFillSync(bytes, 8)
    bytes.writeUIntBE(millisecond, 0, 6)
    bytes.writeUInt16BE(0x7000 | counter, 6)
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const hex = bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
}

import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/**
 * The descriptor of a connection whose bytes go out as they are; -1 for any other. It stays the connection's own until that is destroyed,
 * and is somebody else's a moment later.
 */
export function descriptorOf(connection: Duplex): number {
  if (!(connection instanceof Socket) || connection instanceof TLSSocket) return -1
  // Node has no public name for it.
  return (connection as { _handle?: { fd?: number } | null })._handle?.fd ?? -1
}

/**
 * Gives the system what it takes at once, latin1 where it is text, and tells how much that was: past the stream and its bookkeeping. Only for
 * a connection that is writable and holds nothing back. What isn't taken goes the stream's way, and there an error is said.
 */
export function writeNow(descriptor: number, bytes: Buffer | string): number {
  if (descriptor < 0) return 0
  try {
    return typeof bytes === 'string' ? writeSync(descriptor, bytes, null, 'latin1') : writeSync(descriptor, bytes)
  } catch {
    return 0
  }
}

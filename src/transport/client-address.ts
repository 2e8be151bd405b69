import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/**
 * Where a request comes from: the peer of its connection, or, as far as that is a trusted proxy, the last untrusted address in
 * X-Forwarded-For. What a client writes there itself never counts.
 */
export function createClientAddress(trustProxy: readonly string[]): (request: IncomingMessage) => string | null {
  const trusted = new BlockList()
  for (const network of trustProxy) {
    const [address, prefix] = network.split('/') as [string, string?]
    if (prefix === undefined) trusted.addAddress(address, family(address))
    else trusted.addSubnet(address, Number(prefix), family(address))
  }

  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? '')
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').map(plain)
    while (isIP(address) && trusted.check(address, family(address))) {
      const before = forwarded.pop()
      if (!before || !isIP(before)) break
      address = before
    }
    return address || null
  }
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** IPv4 inside IPv6 is IPv4. */
const plain = (address: string) => address.trim().replace(/^::ffff:(?=\d+\.)/i, '')

import ipaddr from 'ipaddr.js'

/** The kind of host that an IP address leads to: any host on the internet, this machine, or neither. */
type AddressRange = 'public' | 'loopback' | 'private'

/**
 * Classifies an IP address. Everything but global unicast is private: private and shared networks, multicast, reserved and
 * documentation ranges, and IPv4 addresses inside IPv6 ones (6to4, Teredo, NAT64). An IPv4-mapped address counts as its IPv4
 * address. Text that is not an address, or has a zone, counts as private too. The server uses the same library.
 */
export const rangeOf = (address: string): AddressRange => {
  if (!ipaddr.isValid(address) || NO_HOST.test(address)) return 'private'
  const parsed = ipaddr.process(address)
  const range = parsed.range()
  if (range === 'loopback') return 'loopback'
  if (range !== 'unicast') return 'private'
  // RFC 4291 section 2.4: of IPv6, 2000::/3 is in use.
  return parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL, 3) ? 'private' : 'public'
}

/** A zone, or an IPv4-compatible address (RFC 4291 section 2.5.5.1), which the library would read as a mapped one. */
const NO_HOST = /%|^::\d+\./
const GLOBAL = ipaddr.IPv6.parse('2000::')

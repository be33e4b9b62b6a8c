import ipaddr from 'ipaddr.js'

/** Where an IP address leads: to anybody's host on the internet, to this machine, or to neither. */
type AddressRange = 'public' | 'loopback' | 'private'

/**
 * Everything that is not global unicast is private: private and shared networks, multicast, reserved and documentation
 * ranges, and IPv4 addresses in an IPv6 disguise (6to4, Teredo, NAT64), whoever translates them. An IPv4-mapped one is
 * the IPv4 address. The server judges by the same library. Anything that is no address, or has a zone, is private too.
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

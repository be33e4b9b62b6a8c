import ipaddr from 'ipaddr.js'

/** The kind of an IP address: a host on the public internet, this machine, or anything else. */
type AddressRange = 'public' | 'loopback' | 'private'

/**
 * Returns the range of an address. All that is not global unicast counts as private: private and shared networks,
 * multicast, reserved and documentation ranges, and IPv4 addresses embedded in IPv6 (6to4, Teredo, NAT64). An IPv4-mapped
 * address counts as its IPv4 address. A text that is not an address, or has a zone, is private too.
 */
export const rangeOf = (address: string): AddressRange => {
  if (!ipaddr.isValid(address) || NO_HOST.test(address)) return 'private'
  const parsed = ipaddr.process(address)
  const range = parsed.range()
  if (range === 'loopback') return 'loopback'
  if (range !== 'unicast') return 'private'
  // RFC 4291 section 2.4: only 2000::/3 is assigned as global unicast.
  return parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL, 3) ? 'private' : 'public'
}

/** Returns the range of a URL's host; `undefined` for a name. */
export const rangeOfHost = ({ hostname }: URL): AddressRange | undefined =>
  /^(\d+(\.\d+){3}|\[.*\])$/.test(hostname) ? rangeOf(hostname.replace(/^\[|\]$/g, '')) : undefined

/** Checks whether a URL's host is this machine. */
export const isLoopback = (url: URL): boolean =>
  url.hostname === 'localhost' || rangeOfHost(url) === 'loopback'

/** A zone, or an IPv4-compatible address (RFC 4291 section 2.5.5.1), which the library would parse as a mapped one. */
const NO_HOST = /%|^::\d+\./
const GLOBAL = ipaddr.IPv6.parse('2000::')

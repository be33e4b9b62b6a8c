import ipaddr from 'ipaddr.js'

/** Prefix lengths that a stranger rarely leaves: an access provider's street, and one household. */
const PREFIX = { ipv4: 24, ipv6: 64 } as const

/**
 * The network that an address belongs to, `203.0.113.0/24` or `2001:db8::/64`; an IPv4 address inside an IPv6 one is an
 * IPv4 address. Empty where there is no address, as on a connection that has ended.
 */
export const networkOf = (address: string): string => {
  if (!ipaddr.isValid(address)) return ''
  const parsed = ipaddr.process(address)
  const length = PREFIX[parsed.kind()]
  const bytes = parsed.toByteArray().map((byte, at) => (at < length / 8 ? byte : 0))
  return `${ipaddr.fromByteArray(bytes).toString()}/${length}`
}

import ipaddr from 'ipaddr.js'
import { parseAddress } from '../../ip-address.ts'

/** Prefixes whose addresses one stranger can easily switch between: one street of an access provider (IPv4), one household (IPv6). */
const STRANGER = { ipv4: 24, ipv6: 64 }

/**
 * Returns the network of an address, `203.0.113.0/24` or `2001:db8::/64`. An IPv4 address inside an IPv6 one counts as IPv4.
 * Returns '' if there is no address, as on a connection that has ended, or if it cannot be read; so such requests share one count.
 */
export const networkOf = (address: string, prefix = STRANGER): string => {
  const parsed = parseAddress(address)
  if (!parsed) return ''
  const length = prefix[parsed.kind()]
  const bytes = parsed.toByteArray().map((byte, at) => (at < length / 8 ? byte : 0))
  return `${ipaddr.fromByteArray(bytes).toString()}/${length}`
}

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Prefixes whose addresses one stranger can easily switch between: one street of an access provider (IPv4), one household (IPv6). */
const STRANGER = { ipv4: 24, ipv6: 64 }

/** Some proxies add the port that the request came from, which is another one each time: `203.0.113.7:51234`, `[2001:db8::1]:51234`. */
const WITH_PORT = /^(?:([\d.]+)|\[([\da-f:.]+)\]):\d{1,5}$/i

/**
 * Returns the network of an address, `203.0.113.0/24` or `2001:db8::/64`. An IPv4 address inside an IPv6 one counts as IPv4.
 * Returns '' if there is no address, as on a connection that has ended, or if it cannot be read; so such requests share one count.
 */
export const networkOf = (address: string, prefix = STRANGER): string => {
  const [, ipv4, ipv6] = WITH_PORT.exec(address) ?? []
  const text = ipv4 ?? ipv6 ?? address
  // Stricter than `ipaddr.isValid`, which also reads `1` and `0x7f.1`.
  if (isIP(text) === 0) return ''
  const parsed = ipaddr.process(text)
  const length = prefix[parsed.kind()]
  const bytes = parsed.toByteArray().map((byte, at) => (at < length / 8 ? byte : 0))
  return `${ipaddr.fromByteArray(bytes).toString()}/${length}`
}

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type IpAddress = ipaddr.IPv4 | ipaddr.IPv6
/** All addresses that begin with the same bits. */
type Network = readonly [first: IpAddress, prefix: number]

/** Some proxies add the port that the request came from, which is another one each time: `203.0.113.7:51234`, `[2001:db8::1]:51234`. */
const WITH_PORT = /^(?:([\d.]+)|\[([\da-f:.]+)\]):\d{1,5}$/i

/** Parses an address, with or without a port. An IPv4 address inside an IPv6 one is returned as IPv4. */
const parseAddress = (text: string): IpAddress | undefined => {
  const [, ipv4, ipv6] = WITH_PORT.exec(text) ?? []
  const address = ipv4 ?? ipv6 ?? text
  // Stricter than `ipaddr.isValid`, which also reads `1` and `0x7f.1`.
  return isIP(address) === 0 ? undefined : ipaddr.process(address)
}

/** Parses `203.0.113.0/24`, `2001:db8::/64`, or an address alone. Everybody (`/0`) is no network. */
const parseNetwork = (text: string): Network | undefined => {
  const [address = '', prefix, ...more] = text.split('/')
  const isIpv4Inside = isIP(address) === 6 && ipaddr.parse(address).kind() !== ipaddr.process(address).kind()
  if (isIP(address) === 0 || more.length > 0) return undefined
  const first = ipaddr.process(address)
  const bits = first.toByteArray().length * 8
  if (prefix === undefined) return [first, bits]
  const length = /^\d{1,3}$/.test(prefix) ? Number(prefix) - (isIpv4Inside ? 96 : 0) : 0
  return length >= 1 && length <= bits ? [first, length] : undefined
}

export const isNetwork = (text: string): boolean => parseNetwork(text) !== undefined

/** Returns a check whether an address, with or without a port, is in one of these networks. */
export const withinAny = (networks: readonly string[]): ((address: string) => boolean) => {
  const parsed = networks.flatMap((text) => {
    const network = parseNetwork(text)
    return network ? [network] : []
  })
  return (text) => {
    const address = parseAddress(text)
    if (!address) return false
    return parsed.some(([first, prefix]) => first.kind() === address.kind() && address.match(first, prefix))
  }
}

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

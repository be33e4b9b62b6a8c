/**
 * Returns a provider's redirect address: below this browser's own address, on a path of its own, so that the answer of one
 * provider is never taken for that of another (mix-up, RFC 9700 section 4.4.2).
 * `https://<id>.chromiumapp.org/https/records.example.org/fhir`
 *
 * @param own this browser's address for answers, with a slash at its end.
 * @param target the provider's FHIR base; for a relay, the relay's address.
 */
export const redirectAddress = (own: string, target: string): string => {
  const { protocol, host, pathname } = new URL(target)
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  return `${own}${protocol.slice(0, -1)}/${host}${path}`
}

/**
 * Returns match patterns for the hosts of these addresses, without ports: Firefox accepts a pattern with a port and never matches
 * it.
 */
export const hostPatterns = (urls: string[]): string[] => [
  ...new Set(
    urls.flatMap((url) => {
      const address = URL.parse(url)
      return address?.hostname ? `${address.protocol}//${address.hostname}/*` : []
    }),
  ),
]

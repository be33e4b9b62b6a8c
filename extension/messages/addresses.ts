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

/**
 * Returns match patterns for the hosts of these addresses, without ports: Firefox accepts a pattern with a port and never matches
 * it.
 */
export const hostPatterns = (urls: string[]): string[] => [
  ...new Set(
    urls.flatMap((url) => {
      const parsed = URL.parse(url)
      return parsed?.hostname ? `${parsed.protocol}//${parsed.hostname}/*` : []
    }),
  ),
]

/** The match patterns of what lies at these addresses. One with a port is accepted by Firefox and never matches, so there is none. */
export const hostPatterns = (urls: string[]): string[] => [
  ...new Set(
    urls.flatMap((url) => {
      const parsed = URL.parse(url)
      return parsed?.hostname ? `${parsed.protocol}//${parsed.hostname}/*` : []
    }),
  ),
]

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

export interface NamedHost {
  name: string
  host: string | undefined
}

/** Checks whether a name has to have its host beside it: an organization chooses its own name. */
export const needsHost = ({ name, host }: NamedHost): boolean =>
  host !== undefined && !name.includes(`(${host}`)

/** Returns `Riverside Clinic (records.example.org)`. */
export const withHost = (named: NamedHost): string =>
  needsHost(named) ? `${named.name} (${named.host})` : named.name

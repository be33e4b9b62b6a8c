import { randomUUID } from 'node:crypto'

/**
 * A request has two names. The caller may choose one (`X-Request-Id`) to find the request's entry in the log. But anybody can use
 * that name again, such as a person who read it in the log, so the server names each request as well. Code passes both on as one
 * id, `<caller's>.<server's>`, so that they stay together.
 */
interface RequestNames {
  /** The caller's name, or else the server's. The answer states it, and the log can be searched by it. */
  readonly publicName: string
  /** No two requests have the same. */
  readonly serverName: string
}

/** Excludes the dot that separates the names, and all characters that could forge a line of a log. */
const CALLER_NAME = /^[A-Za-z0-9-]{1,64}$/

/** Returns the id of a new request. @param header `X-Request-Id` as it was received. */
export const nameRequest = (header: unknown): string => {
  const serverName = randomUUID()
  return typeof header === 'string' && CALLER_NAME.test(header) ? `${header}.${serverName}` : serverName
}

/** Splits an id into its names. @param id made by `nameRequest`; any other id is taken as the server's name. */
export const requestNames = (id: string): RequestNames => {
  const [publicName = id, serverName = publicName] = id.split('.')
  return { publicName, serverName }
}

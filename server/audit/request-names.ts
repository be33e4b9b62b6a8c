import { randomUUID } from 'node:crypto'

/**
 * A request has two names. The caller may choose one (`X-Request-Id`) to find its entry in the log; but that name can be used
 * twice, also by a person who read it there. So the server names each request as well. Both travel as one id,
 * `<caller's>.<server's>`, so that they cannot be mixed up.
 */
export interface RequestNames {
  /** The caller's name if there is one, else the server's; the answer states it, and the log is searched by it. */
  readonly shown: string
  /** The server's own: no two requests have the same. */
  readonly own: string
}

/** Excludes the dot that separates the names, and all characters that could forge a line of a log. */
const GIVEN = /^[A-Za-z0-9-]{1,64}$/

/** Returns the id of a new request. @param given the header as it was received. */
export const nameRequest = (given: unknown): string => {
  const own = randomUUID()
  return typeof given === 'string' && GIVEN.test(given) ? `${given}.${own}` : own
}

/** Splits an id into its names. @param id made by `nameRequest`; any other counts as the server's own name. */
export const requestNames = (id: string): RequestNames => {
  const [shown = id, own = shown] = id.split('.')
  return { shown, own }
}

import { randomUUID } from 'node:crypto'

/**
 * A request has two names. The caller may give it one (`X-Request-Id`), so that it finds its entry in the log; but the
 * same one can be given twice, and by anybody who read it there. So the server names each request as well. Both travel
 * as one id, `<caller's>.<server's>`: what serves a request hands it on, and cannot mix them up.
 */
export interface RequestNames {
  /** The caller's where it gave one, else the server's: what the answer says, and what the log is searched by. */
  readonly shown: string
  /** The server's own: no two requests have the same. */
  readonly own: string
}

/** Without the dot that ends it, and without anything that could forge a line of a log. */
const GIVEN = /^[A-Za-z0-9-]{1,64}$/

/** The id of a new request. @param given the header as it came. */
export const nameRequest = (given: unknown): string => {
  const own = randomUUID()
  return typeof given === 'string' && GIVEN.test(given) ? `${given}.${own}` : own
}

/** @param id as `nameRequest` made it; any other is the server's own. */
export const requestNames = (id: string): RequestNames => {
  const [shown = id, own = shown] = id.split('.')
  return { shown, own }
}

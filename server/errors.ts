import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

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

/** An error whose message is a sentence for the operator. It quotes neither a request nor a record, so a log may show it. */
export class OperatorError extends Error {}

interface Failure {
  readonly name?: string
  readonly code?: unknown
  readonly errcode?: unknown
  readonly stack?: string
  readonly cause?: Failure
}

/**
 * Returns what failed, where, and which error of the database or the network caused it, for the operator. Leaves out the messages that may
 * quote the request or a record: all but those of OperatorErrors.
 */
export const faultOf = (error: unknown) => {
  const { name, code, stack, cause } = error as Failure
  return {
    ...(error instanceof OperatorError && { says: error.message }),
    ...{ name, code, frames: stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? [] },
    // Node's `errcode` is the number that SQLite gives an error.
    ...(cause && { cause: { name: cause.name, code: cause.code, errcode: cause.errcode } }),
  }
}

/**
 * Writes to the server's output that a request failed.
 *
 * @param what for example `a proof failed`.
 */
export const reportFault = (
  request: Pick<FastifyRequest, 'log' | 'id'>,
  error: unknown,
  what: string,
): void => request.log.error({ ...faultOf(error), request: requestNames(request.id).publicName }, what)

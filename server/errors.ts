import type { FastifyRequest } from 'fastify'
import { requestNames } from './request-names.ts'

interface Failure {
  readonly name?: string
  readonly code?: unknown
  readonly errcode?: unknown
  readonly stack?: string
  readonly cause?: Failure
}

/**
 * Returns what failed, where, and which error of the database or the network caused it, for the operator. Leaves out the messages, which
 * may quote the request or a record.
 */
export const faultOf = (error: unknown) => {
  const { name, code, stack, cause } = error as Failure
  return {
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

import type { FastifyRequest } from 'fastify'

/** Returns what failed and where, for the operator. Leaves out the message, which may quote the request or a record. */
export const faultOf = (error: unknown) => {
  const { name, code, stack } = error as { name?: string; code?: string; stack?: string }
  return { name, code, frames: stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? [] }
}

/**
 * Writes to the server's output that a request failed.
 *
 * @param what for example `a proof failed`.
 */
export const reportFault = (request: FastifyRequest, error: unknown, what: string): void =>
  request.log.error({ ...faultOf(error), requestId: request.id }, what)

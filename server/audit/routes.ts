import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify'
import { reportFault } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { parseNumber } from './entry/entry-limits.ts'
import type { AccessLog } from './open-log.ts'
import { consistencyProof, treeSize } from './tree/stored-tree.ts'

/**
 * Serves the public part of the access log at `B/audit` (docs/access-log.md): hashes and signatures. They contain nothing
 * personal, so reading them is not logged.
 */
export const logRoutes =
  ({ store, accessLog }: { store: Store; accessLog: AccessLog }): FastifyPluginAsync =>
  async (app) => {
    refuseUnreadable(app)
    app.get('/audit/checkpoint', { config: { cors: 'anyone' } }, async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send((await accessLog.checkpoint()).note),
    )
    app.get('/audit/key', { config: { cors: 'anyone' } }, async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(accessLog.verifierKey),
    )
    app.get('/audit/proof/consistency', { config: { cors: 'anyone' } }, async (request, reply) => {
      const { from, to } = request.query as Record<string, unknown>
      const [first, last] = [parseNumber(from), parseNumber(to)]
      if (first === undefined || last === undefined || first > last || last > (await treeSize(store.db)))
        return refuseProof(
          reply,
          400,
          'invalid_request',
          'from and to must be sizes of the log: 1 <= from <= to <= its current size.',
        )
      const proof = await consistencyProof(store.db, first, last)
      return reply.send({ from: first, to: last, proof: proof.map(base64) })
    })
  }

const base64 = (hash: Uint8Array): string => Buffer.from(hash).toString('base64')

/** Sends an error below `B/audit`. */
export const refuseProof = (
  reply: FastifyReply,
  status: number,
  error: string,
  description: string,
): FastifyReply => reply.code(status).send({ error, error_description: description })

/** Answers every error with 503, because a log that is damaged or cannot be read is not the caller's fault. */
export const refuseUnreadable = (app: FastifyInstance): void =>
  void app.setErrorHandler((error, request, reply) => {
    reportFault(request, error, 'a proof failed')
    reply.header('retry-after', '5')
    return refuseProof(
      reply,
      503,
      'temporarily_unavailable',
      'The log cannot be read now. Try again in a few seconds.',
    )
  })

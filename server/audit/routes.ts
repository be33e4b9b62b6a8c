import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify'
import { faultOf } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { AccessLog } from './access-log.ts'
import { consistencyProof, treeSize } from './stored-tree.ts'

/**
 * What anybody may know of the access log, at `B/audit`: hashes and signatures, which say nothing of anybody. They hold
 * nothing personal, so reading them is not logged. docs/access-log.md.
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
      const [first, last] = [readSize(from), readSize(to)]
      if (first === undefined || last === undefined || first > last || last > (await treeSize(store.db)))
        return refuseProof(reply, 400, 'invalid_request', '1 <= from <= to <= the size of the log is needed.')
      const proof = await consistencyProof(store.db, first, last)
      return reply.send({ from: first, to: last, proof: proof.map(base64) })
    })
  }

/** A size of the tree as it is asked for: digits, from 1. */
export const readSize = (text: unknown): number | undefined =>
  typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined

export const base64 = (hash: Uint8Array): string => Buffer.from(hash).toString('base64')

/** How an error is told below `B/audit`. */
export const refuseProof = (
  reply: FastifyReply,
  status: number,
  error: string,
  description: string,
): FastifyReply => reply.code(status).send({ error, error_description: description })

/** What cannot be read now, or is not as it was made, is nobody's fault who asks. */
export const refuseUnreadable = (app: FastifyInstance): void =>
  void app.setErrorHandler((error, request, reply) => {
    request.log.error({ ...faultOf(error), requestId: request.id }, 'a proof failed')
    reply.header('retry-after', '5')
    return refuseProof(reply, 503, 'temporarily_unavailable', 'The log cannot be read now.')
  })

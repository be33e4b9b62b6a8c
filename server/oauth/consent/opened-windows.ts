import type { FastifyInstance } from 'fastify'

/**
 * Disables the opener policy on the routes between an application's request and its code. An application may open them in
 * a separate window that must report back to its page, and an opener policy on any page between would separate the two for
 * good. These pages run no script and cannot be framed, so an opener can only close them or navigate them away.
 */
export const keepOpener = (app: FastifyInstance): void => {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cross-origin-opener-policy', 'unsafe-none')
  })
}

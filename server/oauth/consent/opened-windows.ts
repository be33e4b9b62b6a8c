import type { FastifyInstance } from 'fastify'

/**
 * For the routes between an application's request and its code. An application may ask in a window that it opens beside its own page, and that window has to find its way back to the
 * page: an opener policy on any page between would cut the two apart for good. These pages run no script and are framed by
 * nobody, so an opener can do no more with them than close them or lead elsewhere.
 */
export const keepOpener = (app: FastifyInstance): void => {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cross-origin-opener-policy', 'unsafe-none')
  })
}

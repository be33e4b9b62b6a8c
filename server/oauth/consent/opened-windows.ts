import type { FastifyInstance } from 'fastify'

/** The addresses between an application's request and its code. */
const AUTHORIZATION = /^\/(oauth\/authorize|login\/|consent\/)/

/**
 * An application may ask in a window that it opens beside its own page, and that window has to find its way back to the
 * page: an opener policy on any page between would cut the two apart for good. These pages run no script and are framed by
 * nobody, so an opener can do no more with them than close them or lead elsewhere.
 */
export const keepOpener = (app: FastifyInstance): void => {
  app.addHook('onRequest', async (request, reply) => {
    if (AUTHORIZATION.test(request.url)) reply.header('cross-origin-opener-policy', 'unsafe-none')
  })
}

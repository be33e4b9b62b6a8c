import type { FastifyPluginAsync } from 'fastify'

/** As much as an address may hold; Node refuses a longer one. */
const LARGEST = 12 * 1024

/**
 * `POST B/oauth/authorize` (OpenID Connect Core, section 3.1.2.1; checklist S7): the same request with GET. The engine's
 * own way needs cookies that any site's form would send along.
 */
export const postedAuthorizationRoutes: FastifyPluginAsync = async (app) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: LARGEST },
    (_request, body, done) => done(null, body),
  )
  app.post('/oauth/authorize', async (request, reply) => {
    const query = new URLSearchParams(typeof request.body === 'string' ? request.body : '')
    return reply.redirect(`/oauth/authorize?${query}`, 303)
  })
}

import type { FastifyPluginAsync } from 'fastify'
import { answerPageError, type PageErrorDeps } from '../../sign-in/visit/page-error.ts'
import { ENDPOINTS } from '../seam/endpoints.ts'
import { keepOpener } from '../seam/engine-routes.ts'
import { LONGEST_AUTHORIZATION } from '../seam/read-body.ts'

const { path } = ENDPOINTS.authorization

/**
 * Redirects `POST B/oauth/authorize` to the same request with GET (OpenID Connect Core, section 3.1.2.1; checklist S7). The
 * engine's own POST needs cookies that any site's form would send along.
 */
export const postedAuthorizationRoutes =
  (deps: PageErrorDeps): FastifyPluginAsync =>
  async (app) => {
    keepOpener(app)
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: LONGEST_AUTHORIZATION },
      (_request, body, done) => done(null, body),
    )
    app.setErrorHandler((error, request, reply) =>
      answerPageError(deps, 'authorize', { error, request, reply }),
    )
    app.post(path, async (request, reply) => {
      const query = new URLSearchParams(typeof request.body === 'string' ? request.body : '')
      return reply.redirect(`${path}?${query}`, 303)
    })
  }

import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'
import { errorCodes, type FastifyInstance } from 'fastify'
import type { AccessKind } from '../../../values/access-kinds.ts'
import { render } from '../../pages/frame/layout.ts'
import { problemPage } from '../../pages/frame/problem.ts'
import { hasMoreParts, readBodyAtMost } from '../../read-at-most.ts'
import { isOwnForm, type OwnSessionDeps, ownLocale } from './own-session.ts'
import { answerPageError } from './page-error.ts'

/** The longest form of the organization's pages, in bytes. */
const LONGEST = 16 * 1024
/** The most fields of one. A consent page has fewer than 100. */
const MOST_FIELDS = 200

/** Reads the forms that browsers send to these routes, which accept no other body. */
export const readForms = (app: FastifyInstance, longest = LONGEST): void => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    async (_request: unknown, body: IncomingMessage) => {
      const bytes = await readBodyAtMost(body, longest).catch(() => {
        throw new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH()
      })
      if (!bytes || hasMoreParts(MOST_FIELDS, bytes.toString('latin1'), '&'))
        throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE()
      return parse(bytes.toString(), undefined, undefined, { maxKeys: 0 })
    },
  )
}

/** Reads the forms of these pages, and refuses those that this browser did not get from our pages (CSRF) with 403 and a log entry. */
export const refuseForeignForms = (app: FastifyInstance, deps: OwnSessionDeps, kind: AccessKind): void => {
  const { config, recorder } = deps
  readForms(app)
  app.setErrorHandler((error, request, reply) => answerPageError(deps, kind, { error, request, reply }))
  app.addHook('preHandler', async (request, reply) => {
    if (request.method !== 'POST' || isOwnForm(deps, request)) return
    await recorder.recordRefusal(request, kind, 'foreign_form')
    const locale = ownLocale(config, request)
    const page = problemPage({
      organization: config.organization,
      locale,
      ...locale.words.problem.foreignOwnForm,
      toAccount: true,
    })
    return reply.code(403).type('text/html').send(render(page))
  })
}

import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import type { AccessKind } from '../../../values/access-kinds.ts'
import { render } from '../../pages/frame/layout.ts'
import { problemPage } from '../../pages/frame/problem.ts'
import { isOwnForm, type OwnSessionDeps, ownLocale } from './own-session.ts'
import { answerPageError } from './page-error.ts'

/** The longest form of the organization's pages, in bytes. */
const LONGEST = 16 * 1024

/** Reads the forms of the organization's pages. */
export const readPageForms = async (app: FastifyInstance): Promise<void> => {
  await app.register(formbody, { bodyLimit: LONGEST })
}

/** Refuses forms that this browser did not get from our pages (CSRF) with 403 and a log entry. */
export const refuseForeignForms = (app: FastifyInstance, deps: OwnSessionDeps, kind: AccessKind): void => {
  const { config, recorder } = deps
  app.removeContentTypeParser(['application/json', 'text/plain'])
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

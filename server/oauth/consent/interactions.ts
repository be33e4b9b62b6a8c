import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { errors } from 'oidc-provider'
import { requireUrl } from '../../../values/parse-address.ts'
import { AlreadyTaken } from '../../grants/stored-id.ts'
import { render } from '../../pages/frame/layout.ts'
import { localeOf } from '../../pages/frame/locale.ts'
import { problemPage } from '../../pages/frame/problem.ts'
import { isFormToken } from '../../sign-in/visit/own-cookie.ts'
import { readForms } from '../../sign-in/visit/own-form.ts'
import { answerPageError } from '../../sign-in/visit/page-error.ts'
import { LaunchRefused } from '../launch/launch.ts'
import { keepOpener } from '../seam/engine-routes.ts'
import { consentStep } from './consent-step.ts'
import { type Form, type InteractionDeps, interactionSteps } from './interaction-steps.ts'
import { loginStep } from './login-step.ts'

/** Serves `B/login/…` and `B/consent/…`, the pages between an application's request and its code. */
export const interactionRoutes =
  (deps: InteractionDeps): FastifyPluginAsync =>
  async (app) => {
    const { engine, config, recorder, keys } = deps
    const steps = interactionSteps(deps)
    keepOpener(app)
    readForms(app)

    app.addHook('preHandler', async (request, reply) => {
      if (request.method !== 'POST') return
      const { uid } = request.params as { uid: string }
      const sameOrigin = [undefined, requireUrl(config.publicUrl).origin].includes(request.headers.origin)
      if (sameOrigin && isFormToken(keys.forms, uid, (request.body as Form | undefined)?.form_token)) return
      await logRefusal(request, 'foreign_form')
      return reply.code(403).type('text/html').send(problem(request, 'foreignForm'))
    })

    app.setErrorHandler(async (error, request, reply) => {
      return refuseAsOver(error, request, reply).catch((fault) =>
        answerPageError(deps, kindOf(request), { error: fault, request, reply }),
      )
    })

    /** Answers that the authorization is over, if the error means that. @throws any other error unchanged. */
    const refuseAsOver = async (
      error: unknown,
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<FastifyReply> => {
      if (error instanceof LaunchRefused)
        return refuseLaunch(request, reply, error).catch((another) => refuseAsOver(another, request, reply))
      if (!(error instanceof errors.SessionNotFound || error instanceof AlreadyTaken)) throw error
      if (request.method === 'POST') await logRefusal(request, 'session_not_found')
      return reply.code(400).type('text/html').send(problem(request, 'over'))
    }

    /** Logs a refused form with only its network address, because no sign-in of this browser is known for it. */
    const logRefusal = (request: FastifyRequest, reason: string): Promise<void> =>
      recorder.recordRefusal(request, kindOf(request), reason)

    const refuseLaunch = async (
      request: FastifyRequest,
      reply: FastifyReply,
      { message, code }: LaunchRefused,
    ): Promise<FastifyReply> => {
      const step = await steps.open(request, reply, 'consent')
      const account = await steps.requireAccount(step.interaction)
      return steps.finish(step, { kind: 'consent', outcome: 'refused', reason: code }, account, () =>
        engine.interactionResult(request.raw, reply.raw, {
          error: 'invalid_request',
          error_description: message,
        }),
      )
    }

    const problem = (request: FastifyRequest, name: 'foreignForm' | 'over') => {
      const locale = localeOf(undefined, request.headers['accept-language'])
      const { organization } = config
      return render(problemPage({ organization, locale, ...locale.words.problem[name] }))
    }

    loginStep(app, deps, steps)
    consentStep(app, deps, steps)
  }

/** Derives the kind from the route, because an address has several spellings. */
const kindOf = ({ routeOptions }: FastifyRequest) =>
  routeOptions.url?.startsWith('/consent/') ? 'consent' : 'sign-in'

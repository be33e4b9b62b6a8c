import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { render } from '../pages/frame/layout.ts'
import { problemPage } from '../pages/frame/problem.ts'
import { type PasswordPage, passwordPage, passwordSavedPage } from '../pages/sign-in/password-page.ts'
import { findPasswordFault, hashPassword, PASSWORD_LENGTH, sharersOf } from '../sign-in/password/password.ts'
import {
  findPasswordLink,
  LinkOver,
  type PasswordLink,
  spendPasswordLink,
} from '../sign-in/password/password-link.ts'
import { reserveTry } from '../sign-in/secrets/rate-limit.ts'
import { refuseForeignForms } from '../sign-in/visit/own-form.ts'
import { type OwnSessionDeps, ownAccess, ownLocale, visitorFormToken } from '../sign-in/visit/own-session.ts'

/** The secret of a link: 32 random bytes in base64url. */
const TOKEN = /^[\w-]{43}$/

/** Serves `B/password/…`, where an invited or locked-out person chooses a password (`npm run admin -- user invite`). */
export const passwordLinkRoutes =
  (deps: OwnSessionDeps): FastifyPluginAsync =>
  async (app) => {
    const { config, store, clock, recorder } = deps
    refuseForeignForms(app, deps, 'account')

    const findLink = async (request: FastifyRequest): Promise<PasswordLink | undefined> => {
      const { token = '' } = request.params as { token?: string }
      return TOKEN.test(token) ? findPasswordLink(deps, token) : undefined
    }

    const show = (
      request: FastifyRequest,
      reply: FastifyReply,
      { username }: PasswordLink,
      fault?: PasswordPage['fault'],
    ) =>
      reply.type('text/html').send(
        render(
          passwordPage({
            organization: config.organization,
            locale: ownLocale(config, request),
            username,
            formToken: visitorFormToken(deps, request, reply),
            length: PASSWORD_LENGTH,
            ...(fault && { fault }),
          }),
        ),
      )

    /** Answers alike for a link that was used, has expired or never existed. */
    const answerLinkOver = (request: FastifyRequest, reply: FastifyReply) => {
      const locale = ownLocale(config, request)
      const { organization } = config
      const page = problemPage({ organization, locale, ...locale.words.choosePassword.over })
      return reply.code(404).type('text/html').send(render(page))
    }

    app.get('/password/:token', async (request, reply) => {
      const link = await findLink(request)
      return link ? show(request, reply, link) : answerLinkOver(request, reply)
    })

    app.post('/password/:token', async (request, reply) => {
      const link = await findLink(request)
      // Refuse first, so that a stranger causes no hashing.
      if (!link) return refuse(request, reply)
      const { password, again } = request.body as Record<string, unknown>
      const newPassword = typeof password === 'string' ? password : ''
      const fault =
        findPasswordFault(newPassword, [link.username, config.organization.name]) ??
        (again === newPassword ? undefined : 'different')
      if (fault) {
        // Each has an entry in the log; beyond the limit of passwords they are counted, so that a link cannot fill it.
        const tried = await reserveTry(store, [{ limit: 'account', value: `link ${link.id}` }], clock())
        await logRefusal(request, 'wait' in tried ? 'too_many_attempts' : 'unsuitable_password', link)
        return show(request, reply, link, fault)
      }
      const passwordHash = await hashPassword(newPassword, sharersOf(link.username, request.ip))
      const details = { change: 'password' }
      const access = ownAccess(request, { kind: 'account', outcome: 'success', details }, link.account)
      try {
        await recorder.record(access, (trx) => spendPasswordLink(trx, link, passwordHash))
      } catch (error) {
        if (error instanceof LinkOver) return refuse(request, reply)
        throw error
      }
      const { organization } = config
      const page = passwordSavedPage({
        organization,
        locale: ownLocale(config, request),
        username: link.username,
      })
      return reply.type('text/html').send(render(page))
    })

    const refuse = async (request: FastifyRequest, reply: FastifyReply) => {
      await logRefusal(request, 'link_over')
      return answerLinkOver(request, reply)
    }

    const logRefusal = (request: FastifyRequest, reason: string, link?: PasswordLink): Promise<void> =>
      recorder.record(ownAccess(request, { kind: 'account', outcome: 'refused', reason }, link?.account))
  }

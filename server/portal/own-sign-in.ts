import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { parseAddress } from '../../values/parse-address.ts'
import { render } from '../pages/frame/layout.ts'
import { contentSecurityPolicy } from '../pages/frame/security-headers.ts'
import { type LoginPage, loginPage } from '../pages/sign-in/login.ts'
import { namePage } from '../pages/sign-in/name.ts'
import { partnerRoutes } from '../sign-in/partner/partner-routes.ts'
import type { PartnerReason } from '../sign-in/partner/partner-sign-in.ts'
import type { Partner } from '../sign-in/partner/partner-state.ts'
import { deviceValue, rememberDevice } from '../sign-in/password/device-cookie.ts'
import { checkPassword } from '../sign-in/password/password-check.ts'
import { refuseForeignForms } from '../sign-in/visit/own-form.ts'
import {
  findBrowser,
  type OwnSessionDeps,
  ownAccess,
  ownLocale,
  startOwnSession,
  visitorFormToken,
} from '../sign-in/visit/own-session.ts'

/** The addresses to which a sign-in may redirect: only the organization's own pages. */
const NEXT = /^\/(account|ehr)(?:[/?][\w/?&=%.~+-]{0,2000})?$/

/** Serves `B/login`, which signs a person in at the organization's own pages. */
export const ownSignInRoutes =
  (deps: OwnSessionDeps): FastifyPluginAsync =>
  async (app) => {
    const { config, store, clock, recorder, partner } = deps
    refuseForeignForms(app, deps, 'sign-in')

    const nextOf = (request: FastifyRequest): string => {
      const { next } = request.query as Record<string, unknown>
      if (typeof next !== 'string' || !NEXT.test(next)) return '/account'
      // As browsers read it: dot segments lead elsewhere.
      const url = parseAddress(next, { base: config.publicUrl, longest: next.length })
      return `${url?.pathname}${url?.search}` === next ? next : '/account'
    }

    const show = (
      request: FastifyRequest,
      reply: FastifyReply,
      failure?: LoginPage['failure'],
      reason?: PartnerReason,
    ) => {
      const query = `?${new URLSearchParams({ next: nextOf(request) })}`
      if (partner) allowForms(reply, partner)
      return reply.type('text/html').send(
        render(
          loginPage({
            organization: config.organization,
            locale: ownLocale(config, request),
            next: nextOf(request).startsWith('/ehr') ? 'ehr' : 'account',
            formToken: visitorFormToken(deps, request, reply),
            ...(partner && {
              partner: {
                name: partner.signIn.name,
                action: `/login/upstream${query}`,
                passwordAction: `/login${query}`,
                ...(reason && { refused: reason }),
              },
            }),
            ...(failure && { failure }),
          }),
        ),
      )
    }

    app.get('/login', async (request, reply) => show(request, reply))

    app.post('/login', async (request, reply) => {
      const { username, password } = request.body as Record<string, unknown>
      const { ui_locales } = request.query as Record<string, unknown>
      const attempt = {
        username: typeof username === 'string' ? username.slice(0, 200) : '',
        password: typeof password === 'string' ? password.slice(0, 1000) : '',
        address: request.ip,
        device: deviceValue(config, request),
      }
      const result = await checkPassword(store, attempt, clock())
      if (!('account' in result)) {
        const { reason, retryAfter, meant } = result
        await recorder.record(ownAccess(request, { kind: 'sign-in', outcome: 'refused', reason, ...meant }))
        return show(request, reply, { reason, retryAfter, username: attempt.username })
      }
      const { account } = result
      const session = startOwnSession(deps, request, reply, account, localesOf(ui_locales))
      const device = rememberDevice(deps, request, reply, account)
      const access = ownAccess(request, { kind: 'sign-in', outcome: 'success' }, account)
      await recorder.record(access, async (trx) => {
        await session.save(trx)
        await device.save(trx)
      })
      return reply.redirect(nextOf(request), 303)
    })

    if (!partner) return
    partnerRoutes<Step>(app, deps, partner, {
      address: '/login/upstream',
      nameAddress: '/login/upstream/name',
      open: (request, reply) => ({ request, reply }),
      holderOf: ({ request }) => findBrowser(deps, request),
      nextOf: ({ request }) => nextOf(request),
      accessOf: ({ request }, event) => ownAccess(request, event),
      showLogin: ({ request, reply }, reason) => show(request, reply, undefined, reason),
      showName: ({ request, reply }, parts) => {
        const page = namePage({
          ...parts,
          organization: config.organization,
          locale: ownLocale(config, request),
          action: '/login/upstream/name',
          formToken: visitorFormToken(deps, request, reply),
        })
        return reply.type('text/html').send(render(page))
      },
      signInAs: async ({ request, reply }, account, { next = '/account' }, work) => {
        const session = startOwnSession(deps, request, reply, account)
        const event = { kind: 'sign-in', outcome: 'success', details: { by: partner.signIn.name } } as const
        await recorder.record(ownAccess(request, event, account), async (trx) => {
          await work?.(trx)
          await session.save(trx)
        })
        return reply.redirect(next, 303)
      },
    })
  }

interface Step {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

const localesOf = (uiLocales: unknown): string | undefined =>
  typeof uiLocales === 'string' ? uiLocales.slice(0, 100) : undefined

/** Allows the form that begins the sign-in with the other company to lead there. */
const allowForms = (reply: FastifyReply, { signIn }: Partner): void => {
  reply.header('content-security-policy', contentSecurityPolicy(signIn.origin))
}

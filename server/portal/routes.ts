import type { FastifyPluginAsync } from 'fastify'
import type { AccessLog } from '../audit/access-log.ts'
import type { PatientDirectory } from '../grants/patients.ts'
import { accountRoutes } from '../oauth/account/account.ts'
import type { OwnSessionDeps } from '../oauth/account/own-session.ts'
import { ownSignInRoutes } from '../oauth/account/own-sign-in.ts'
import { passwordLinkRoutes } from '../oauth/account/password-link-routes.ts'
import { ehrRoutes } from '../oauth/launch/ehr.ts'

/** Serves the organization's own pages: signing in to them, the account, and the page from which applications are launched. */
export const portalRoutes =
  (deps: OwnSessionDeps & { accessLog: AccessLog; directory: PatientDirectory }): FastifyPluginAsync =>
  async (app) => {
    await app.register(ownSignInRoutes(deps))
    await app.register(passwordLinkRoutes(deps))
    await app.register(accountRoutes(deps))
    await app.register(ehrRoutes(deps))
    app.get('/', async (_request, reply) => reply.redirect('/account', 303))
  }

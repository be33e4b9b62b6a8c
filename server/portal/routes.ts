import type { FastifyPluginAsync } from 'fastify'
import type { AccessLog } from '../audit/open-log.ts'
import type { PatientDirectory } from '../grants/patients.ts'
import type { OwnSessionDeps } from '../sign-in/visit/own-session.ts'
import { accountRoutes } from './account.ts'
import { ehrRoutes } from './ehr.ts'
import { ownSignInRoutes } from './own-sign-in.ts'
import { passwordLinkRoutes } from './password-link-routes.ts'

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

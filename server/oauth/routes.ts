import type { EventEmitter } from 'node:events'
import { stringify } from 'node:querystring'
import type { FastifyPluginAsync } from 'fastify'
import type { RecordingDeps } from '../audit/write/recorder.ts'
import { faultOf, reportFault } from '../errors.ts'
import type { PatientDirectory } from '../grants/patients.ts'
import type { Keyring } from '../keys/keys.ts'
import { applicationName, render } from '../pages/frame/layout.ts'
import { localeOf } from '../pages/frame/locale.ts'
import { problemPage } from '../pages/frame/problem.ts'
import type { Partner } from '../sign-in/partner/partner-state.ts'
import { readForms } from '../sign-in/visit/own-form.ts'
import { answerPageError, type PageErrorDeps } from '../sign-in/visit/page-error.ts'
import { brandsRoutes } from './brands.ts'
import { administerClients } from './clients/client-administration.ts'
import { limitClientFailures } from './clients/client-limit.ts'
import { manageClients } from './clients/client-management.ts'
import { findDisabledName } from './clients/clients.ts'
import { guardRegistration } from './clients/registration.ts'
import type { Form } from './consent/interaction-steps.ts'
import { interactionRoutes } from './consent/interactions.ts'
import { limitAuthorizations } from './consent/limit-authorizations.ts'
import { requireAnswer } from './consent/require-answer.ts'
import { discoveryRoutes } from './discovery.ts'
import {
  allowOnlyQueryMode,
  followTokenEndpointRules,
  leaveOutEmptyType,
  nameRefreshingClient,
  publishKeys,
  refuseCostlyAddresses,
  refuseStaleProofs,
} from './engine/endpoint-steps.ts'
import { alwaysAskForConsent, createEngine, type EngineDeps } from './engine/engine.ts'
import { type EngineTransactionDeps, installTransaction } from './engine/engine-transaction.ts'
import { addContextToIntrospection, requireCredentials } from './engine/introspection.ts'
import { userinfoRoutes } from './engine/userinfo.ts'
import { SMART_STYLE } from './launch/launch-context.ts'
import { relayRoutes } from './relay.ts'
import { ENDPOINTS, refuseUnlisted } from './seam/endpoints.ts'
import { engineRoutes, keepOpener } from './seam/engine-routes.ts'
import { LONGEST_AUTHORIZATION, readEngineForms } from './seam/read-body.ts'

interface OauthDeps extends RecordingDeps {
  keys: Keyring
  directory: PatientDirectory
  /** Another company with which people sign in. */
  partner?: Partner
}

/** Serves the authorization server: the engine's endpoints, the pages between them, and SMART discovery. */
export const oauthRoutes =
  (deps: OauthDeps): FastifyPluginAsync =>
  async (app) => {
    const { config, store, clock, recorder, keys } = deps
    const errorPage: EngineDeps['errorPage'] = async (
      { error, error_description },
      { clientId, uiLocales, acceptLanguage },
    ) => {
      const locale = localeOf(uiLocales, acceptLanguage)
      const unknownId = error === 'invalid_client' && typeof clientId === 'string' ? clientId : undefined
      // Anybody can put this text on a page of the organization, so a Client ID that may be an address or a sentence is not printed.
      const description = /^[\w-]{1,40}$/.test(unknownId ?? '')
        ? `no application has the Client ID ${unknownId}; npm run admin -- client add --id ${unknownId} … registers one`
        : error_description
      const detail = [error, description].filter(Boolean).join(': ')
      const { organization } = config
      const disabled = unknownId !== undefined ? await findDisabledName(store.db, unknownId) : undefined
      const { problem } = locale.words
      if (disabled === undefined)
        return { body: render(problemPage({ organization, locale, ...problem.request, detail })) }
      const words = problem.disabled(applicationName(disabled), organization.name)
      // 200, because the browser's sign-in window closes itself on a 4xx page.
      return { status: 200, body: render(problemPage({ organization, locale, ...words })) }
    }
    const engine = createEngine({ ...deps, errorPage })
    leaveOutEmptyType(engine)
    refuseUnlisted(engine)
    const pageOf =
      (name: 'over' | 'failed'): EngineTransactionDeps['overPage'] =>
      (ctx) => {
        const locale = localeOf(undefined, ctx.get('accept-language'))
        return render(
          problemPage({ organization: config.organization, locale, ...locale.words.problem[name] }),
        )
      }
    installTransaction({ ...deps, engine, overPage: pageOf('over') })
    publishKeys(engine, keys)
    readEngineForms(engine)
    app.addHook('onClose', limitClientFailures({ engine, store, clock }))
    limitAuthorizations({
      ...{ engine, config, store, clock },
      waitPage: (ctx, seconds) => {
        const locale = localeOf(undefined, ctx.get('accept-language'))
        const { title, sentence } = locale.words.problem.tooManyBegun
        const words = { title, sentence: sentence(Math.ceil(seconds / 60)) }
        return render(problemPage({ organization: config.organization, locale, ...words }))
      },
    })
    requireAnswer({ engine, overPage: pageOf('over') })
    guardRegistration({ engine, config, store, clock })
    manageClients({ engine, config, store, clock })
    administerClients({ engine, config, store, clock })
    requireCredentials(engine)
    addContextToIntrospection(engine, config)
    refuseCostlyAddresses(engine)
    refuseStaleProofs({ engine, clock })
    followTokenEndpointRules(engine)
    nameRefreshingClient(engine)
    alwaysAskForConsent(engine)
    allowOnlyQueryMode(engine)
    engine.on('server_error', (ctx, error) =>
      reportFault({ log: app.log, id: ctx.get('x-request-id') }, error, 'the OAuth engine failed'),
    )
    // For example an aborted request. By default the engine prints several lines that quote the error.
    const quiet: EventEmitter = engine
    quiet.on('error', (error) => app.log.warn(faultOf(error), 'the OAuth engine could not answer'))
    await app.register(engineRoutes({ engine, config, recorder }))
    await app.register(interactionRoutes({ ...deps, engine }))
    app.get('/smart-style.json', { config: { cors: 'anyone' } }, async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=86400').send(SMART_STYLE),
    )

    await app.register(discoveryRoutes(config))
    await app.register(brandsRoutes(deps))
    await app.register(userinfoRoutes(deps))
    await app.register(postedAuthorizationRoutes(deps))
    await app.register(relayRoutes(config, deps.partner))
  }

const { path } = ENDPOINTS.authorization

/**
 * Redirects `POST B/oauth/authorize` to the same request with GET (OpenID Connect Core, section 3.1.2.1; checklist S7). The
 * engine's own POST needs cookies that any site's form would send along.
 */
const postedAuthorizationRoutes =
  (deps: PageErrorDeps): FastifyPluginAsync =>
  async (app) => {
    keepOpener(app)
    readForms(app, LONGEST_AUTHORIZATION)
    app.setErrorHandler((error, request, reply) =>
      answerPageError(deps, 'authorize', { error, request, reply }),
    )
    app.post(path, async (request, reply) =>
      reply.redirect(`${path}?${stringify(request.body as Form | undefined)}`, 303),
    )
  }

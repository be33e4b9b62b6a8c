import type { EventEmitter } from 'node:events'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessLog } from '../audit/access-log.ts'
import type { Clock, Config } from '../config.ts'
import { faultOf } from '../errors.ts'
import type { PatientDirectory } from '../fhir/patient-directory.ts'
import { render } from '../pages/html.ts'
import { localeOf } from '../pages/locale.ts'
import { problemPage } from '../pages/problem.ts'
import { SMART_STYLE } from '../pages/smart-style.ts'
import type { Store } from '../store/store.ts'
import { accountRoutes } from './account/account.ts'
import { ownLocale } from './account/own-locale.ts'
import { ownSignInRoutes } from './account/own-sign-in.ts'
import { brandsRoutes } from './brands.ts'
import { limitClientFailures } from './clients/client-limit.ts'
import { manageClients } from './clients/client-management.ts'
import { guardRegistration } from './clients/registration.ts'
import { interactionRoutes } from './consent/interactions.ts'
import { keepOpener } from './consent/opened-windows.ts'
import { discoveryRoutes } from './discovery.ts'
import { alwaysAskForConsent, createEngine, type EngineDeps } from './engine/engine.ts'
import { installTransaction } from './engine/engine-transaction.ts'
import type { Keys } from './engine/keys.ts'
import { postedAuthorizationRoutes } from './engine/posted-authorization.ts'
import { readForms } from './engine/read-form.ts'
import { nameRefreshingClient } from './engine/refreshing-client.ts'
import { followTokenEndpointRules } from './engine/token-endpoint.ts'
import { ehrRoutes } from './launch/ehr.ts'
import { relayRoutes } from './relay.ts'
import { describeIntrospected } from './token/introspection.ts'
import { userinfoRoutes } from './token/userinfo.ts'

export interface OauthDeps {
  config: Config
  store: Store
  clock: Clock
  keys: Keys
  directory: PatientDirectory
  accessLog: AccessLog
}

/** The authorization server: the engine's addresses, the pages between them, and SMART discovery. */
export const oauthRoutes =
  ({ config, store, clock, keys, directory, accessLog }: OauthDeps): FastifyPluginAsync =>
  async (app) => {
    const errorPage: EngineDeps['errorPage'] = (
      { error, error_description },
      { uiLocales, acceptLanguage },
    ) => {
      const locale = localeOf(uiLocales, acceptLanguage)
      const detail = [error, error_description].filter(Boolean).join(': ')
      const { organization } = config
      return render(problemPage({ organization, locale, ...locale.words.problem.request, detail }))
    }
    const engine = createEngine({ config, store, clock, keys, errorPage })
    installTransaction({ engine, store, clock, config })
    readForms(engine)
    limitClientFailures({ engine, store, clock })
    guardRegistration({ engine, store, clock })
    manageClients({ engine, clock })
    describeIntrospected({ engine, store, config })
    followTokenEndpointRules(engine)
    nameRefreshingClient(engine)
    alwaysAskForConsent(engine)
    engine.on('server_error', (ctx, error) =>
      app.log.error({ ...faultOf(error), requestId: ctx.get('x-request-id') }, 'the OAuth engine failed'),
    )
    // What a caller cut off, say. The engine's own way is several lines that quote the error.
    const quiet: EventEmitter = engine
    quiet.on('error', (error) => app.log.warn(faultOf(error), 'the OAuth engine could not answer'))
    keepOpener(app)
    const answer = engine.callback()
    const { host, protocol } = new URL(config.publicUrl)
    const calledBy = { host, 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1) }

    await app.register(async (scope) => {
      // The engine reads the body itself, and limits it.
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
      const toEngine = async (request: FastifyRequest, reply: FastifyReply) => {
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value)
        }
        request.raw.headers['x-request-id'] = request.id
        // The engine makes addresses from what it is called by; it is called by the one name it has (C14).
        Object.assign(request.raw.headers, calledBy)
        reply.hijack()
        await answer(request.raw, reply.raw)
      }
      // A media type that is none: the engine says so in the words of OAuth.
      scope.setErrorHandler((_error, request, reply) => toEngine(request, reply))
      scope.route({ method: ['GET', 'POST', 'PUT', 'DELETE'], url: '/oauth/*', handler: toEngine })
    })

    await app.register(interactionRoutes({ engine, config, store, clock, keys, directory }))
    await app.register(ownSignInRoutes({ config, store, clock, keys }))
    await app.register(accountRoutes({ config, store, clock, keys, accessLog }))

    await app.register(ehrRoutes({ config, store, clock, keys, directory }))

    app.get('/', async (_request, reply) => reply.redirect('/account', 303))
    app.setNotFoundHandler(async (request, reply) => {
      const locale = ownLocale(request)
      const { organization } = config
      const page = problemPage({ organization, locale, ...locale.words.problem.nowhere, toAccount: true })
      return reply.code(404).type('text/html').send(render(page))
    })

    app.get('/smart-style.json', async (_request, reply) =>
      reply
        .header('access-control-allow-origin', '*')
        .header('cache-control', 'public, max-age=86400')
        .send(SMART_STYLE),
    )

    await app.register(discoveryRoutes(config))
    await app.register(brandsRoutes({ config, store, clock }))
    await app.register(userinfoRoutes({ config, store, clock }))
    await app.register(postedAuthorizationRoutes)
    await app.register(relayRoutes(config))
  }

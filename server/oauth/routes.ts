import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock, Config } from '../config.ts'
import type { PatientDirectory } from '../fhir/patient-directory.ts'
import { render } from '../pages/html.ts'
import { problemPage } from '../pages/problem.ts'
import { SMART_STYLE } from '../pages/smart-style.ts'
import type { Store } from '../store/store.ts'
import { accountRoutes } from './account.ts'
import { limitClientFailures } from './client-limit.ts'
import { smartConfiguration } from './discovery.ts'
import { ehrRoutes } from './ehr.ts'
import { alwaysAskForConsent, createEngine } from './engine.ts'
import { installTransaction } from './engine-transaction.ts'
import { interactionRoutes } from './interactions.ts'
import type { Keys } from './keys.ts'
import { ownSignInRoutes } from './own-sign-in.ts'
import { guardRegistration } from './registration.ts'

export interface OauthDeps {
  config: Config
  store: Store
  clock: Clock
  keys: Keys
  directory: PatientDirectory
}

/** The authorization server: the engine's addresses, the pages between them, and SMART discovery. */
export const oauthRoutes =
  ({ config, store, clock, keys, directory }: OauthDeps): FastifyPluginAsync =>
  async (app) => {
    const errorPage = (error: string, description: string | undefined) =>
      render(
        problemPage({
          organization: config.organization,
          title: 'This request cannot go on',
          sentence:
            'The application that sent you here asked in a way that is not accepted. Nothing was shared.',
          detail: [error, description].filter(Boolean).join(': '),
        }),
      )
    const engine = createEngine({ config, store, clock, keys, errorPage })
    installTransaction({ engine, store, clock, config })
    limitClientFailures({ engine, store, clock })
    guardRegistration({ engine, store, clock })
    alwaysAskForConsent(engine)
    engine.on('server_error', (ctx, error) =>
      app.log.error({ err: error, requestId: ctx.get('x-request-id') }, 'the OAuth engine failed'),
    )
    const answer = engine.callback()

    await app.register(async (scope) => {
      // The engine reads the body itself, and limits it.
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
      const toEngine = async (request: FastifyRequest, reply: FastifyReply) => {
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value)
        }
        request.raw.headers['x-request-id'] = request.id
        reply.hijack()
        await answer(request.raw, reply.raw)
      }
      for (const url of [
        '/oauth/*',
        '/.well-known/openid-configuration',
        '/.well-known/oauth-authorization-server',
      ]) {
        scope.route({ method: ['GET', 'POST', 'PUT', 'DELETE'], url, handler: toEngine })
      }
    })

    await app.register(interactionRoutes({ engine, config, store, clock, keys, directory }))
    await app.register(ownSignInRoutes({ config, store, clock, keys }))
    await app.register(accountRoutes({ config, store, clock, keys }))

    await app.register(ehrRoutes({ config, store, clock, keys, directory }))

    app.get('/smart-style.json', async (_request, reply) =>
      reply
        .header('access-control-allow-origin', '*')
        .header('cache-control', 'public, max-age=86400')
        .send(SMART_STYLE),
    )

    app.get('/fhir/.well-known/smart-configuration', async (_request, reply) =>
      reply
        .header('access-control-allow-origin', '*')
        .header('cache-control', 'public, max-age=300')
        .type('application/json')
        .send(smartConfiguration(config)),
    )
  }

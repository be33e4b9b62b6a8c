import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type Provider from 'oidc-provider'
import { requireUrl } from '../../../values/parse-address.ts'
import type { Recorder } from '../../audit/write/recorder.ts'
import type { Config } from '../../config.ts'
import { reportFault } from '../../errors.ts'
import { StoreUnavailable } from '../../store/store.ts'
import { admit, ENDPOINTS, type Endpoint, type EndpointName, NO_ENDPOINT } from './endpoints.ts'

interface Deps {
  engine: Provider
  config: Config
  recorder: Recorder
}

/** Serves the engine at the addresses of `ENDPOINTS`; every other request below `B/oauth` is refused and logged. */
export const engineRoutes =
  ({ engine, config, recorder }: Deps): FastifyPluginAsync =>
  async (app) => {
    const answer = engine.callback()
    const { host, protocol } = requireUrl(config.publicUrl)
    const publicHost = { host, 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1) }

    const toEngine = (name: EndpointName) => async (request: FastifyRequest, reply: FastifyReply) => {
      const params = request.params as Record<string, string>
      // Refuse an empty segment, because the engine's router ignores the trailing slash.
      if (Object.values(params).includes('')) return refuse(request, reply)
      for (const [header, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(header, value)
      }
      request.raw.headers['x-request-id'] = request.id
      // The engine builds addresses from the request's host headers, so they always get the public host (C14). It counts by the
      // person's address, which is decided in one place (J22).
      Object.assign(request.raw.headers, publicHost, { 'x-forwarded-for': request.ip })
      admit(request.raw, name, params)
      reply.hijack()
      await answer(request.raw, reply.raw).catch((error: unknown) => {
        reportFault(request, error, 'the OAuth engine gave no answer')
        // Nobody else answers after the hijack.
        if (!reply.raw.headersSent) reply.raw.writeHead(503, { 'retry-after': '1' })
        reply.raw.end()
      })
    }

    const refuse = async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        await recorder.recordRefusal(request, 'other', 'http_404')
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error
        reportFault(request, error, 'a refusal could not be counted')
        return reply.code(503).header('retry-after', '1').send({ error: 'temporarily_unavailable' })
      }
      return reply.code(404).send(NO_ENDPOINT)
    }

    for (const [name, endpoint] of Object.entries(ENDPOINTS) as [EndpointName, Endpoint][]) {
      await app.register(async (scope) => {
        const handler = toEngine(name)
        if (endpoint.kind === 'authorize') keepOpener(scope)
        // The engine answers an invalid media type itself, with an OAuth error.
        scope.setErrorHandler((_error, request, reply) => handler(request, reply))
        scope.route({
          method: [...endpoint.methods],
          url: endpoint.path,
          exposeHeadRoute: false,
          config: { ...(endpoint.cors && { cors: endpoint.cors }) },
          handler,
        })
      })
    }

    await app.register(
      async (scope) => {
        scope.setErrorHandler((_error, request, reply) => refuse(request, reply))
        scope.setNotFoundHandler(refuse)
      },
      { prefix: '/oauth' },
    )
  }

/**
 * Disables the opener policy on the routes between an application's request and its code. An application may open them in
 * a separate window that must report back to its page, and an opener policy on any page between would separate the two for
 * good. These pages run only our script and cannot be framed, so an opener can only close them or navigate them away.
 */
export const keepOpener = (app: FastifyInstance): void => {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cross-origin-opener-policy', 'unsafe-none')
  })
}

import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify'
import findMyWay from 'find-my-way'
import type { Store } from '../store/store.ts'
import { registeredOrigins } from './clients/origins.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Which pages of other origins may call a route: `anyone`, for public documents (SMART App Launch 2.2, section 6.1;
     * checklist S5), or those of registered `applications`. Absent: none.
     */
    readonly cors?: 'anyone' | 'applications'
  }
}

/**
 * Lets registered applications, and no others, call the token endpoint and the FHIR API from a page. Never with cookies.
 * Each route says for itself who may call it; an address that is compared with nothing cannot be misspelled.
 */
export const installCors = (app: FastifyInstance, store: Store): void => {
  const isRegistered = registeredOrigins(store)

  // A preflight asks an address by another method than it has a route for: they are found by the same router, apart.
  const addresses = findMyWay({ maxParamLength: 200 })
  app.addHook('onRoute', ({ url, config }) => {
    const { cors } = config ?? {}
    if (cors && !addresses.findRoute('OPTIONS', url)) addresses.on('OPTIONS', url, () => {}, { cors })
  })
  const corsOf = ({ routeOptions, raw }: FastifyRequest, isPreflight: boolean) => {
    const asked = isPreflight ? addresses.find('OPTIONS', raw.url?.split('?', 1)[0] ?? '')?.store : undefined
    return (asked ?? routeOptions.config) as FastifyContextConfig
  }

  app.addHook('onRequest', async (request, reply) => {
    const { origin, 'access-control-request-method': asked } = request.headers
    const isPreflight = request.method === 'OPTIONS' && asked !== undefined
    const { cors } = corsOf(request, isPreflight)
    if (cors === 'anyone') {
      reply.header('access-control-allow-origin', '*')
    } else if (cors === 'applications') {
      // The engine, which would answer any origin until it knows the client, leaves CORS alone where it is decided.
      reply.headers({
        vary: 'Origin',
        'access-control-expose-headers': 'x-request-id, date, www-authenticate, etag, location, retry-after',
      })
      if (origin !== undefined && (await isRegistered(origin)))
        reply.header('access-control-allow-origin', origin)
    }
    if (!isPreflight) return
    return reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
        'access-control-allow-headers':
          'authorization, content-type, accept, prefer, if-none-match, x-request-id, dpop',
        'access-control-max-age': '600',
      })
      .send()
  })
}

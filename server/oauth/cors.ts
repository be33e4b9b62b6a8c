import type { FastifyInstance } from 'fastify'
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

  // A preflight asks the same address with another method, so each of these addresses has an OPTIONS route.
  const asked = new Set<string>()
  app.addHook('onRoute', function ({ url, method, config }) {
    const cors = config?.cors
    if ([method].flat().includes('OPTIONS')) asked.add(url)
    if (cors === undefined || asked.has(url)) return
    asked.add(url)
    this.options(url, { config: { cors } }, async (_request, reply) => reply.callNotFound())
  })

  app.addHook('onRequest', async (request, reply) => {
    const { cors } = request.routeOptions.config
    const { origin } = request.headers
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
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return
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

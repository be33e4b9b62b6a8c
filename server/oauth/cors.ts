import type { FastifyInstance } from 'fastify'
import type { Store } from '../store/store.ts'
import { registeredOrigins } from './clients/origins.ts'

const GUARDED = /^\/(oauth|fhir|audit)(\/|$)/
/** Public documents: any page may read them (SMART App Launch 2.2, section 6.1; checklist S5). */
const PUBLIC = [
  '/fhir/.well-known/smart-configuration',
  '/fhir/metadata',
  '/metadata',
  '/oauth/jwks',
  '/brands.json',
  '/audit/checkpoint',
  '/audit/key',
  '/audit/proof/consistency',
]

/**
 * Lets registered applications, and no others, call the token endpoint and the FHIR API from a page. Never with cookies.
 */
export const installCors = (app: FastifyInstance, store: Store): void => {
  const isRegistered = registeredOrigins(store)

  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    const path = request.url.split('?', 1)[0] ?? ''
    if (PUBLIC.includes(path) || path.startsWith('/.well-known/')) {
      reply.header('access-control-allow-origin', '*')
    } else if (GUARDED.test(path)) {
      // The engine, which would answer any origin until it knows the client, leaves CORS alone where it is decided.
      reply.headers({
        vary: 'Origin',
        'access-control-expose-headers': 'x-request-id, www-authenticate, etag, location, retry-after',
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

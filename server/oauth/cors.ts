import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify'
import findMyWay from 'find-my-way'
import type { Store } from '../store/store.ts'
import { createOriginCheck } from './clients/origins.ts'

/** Sites that a page of another site is not: this one, and none, for what a person typed and for extensions. */
const HARMLESS: readonly (string | undefined)[] = ['same-origin', 'none', undefined]

/**
 * Whether a page of another site made this request by itself: for a picture, a frame, a script (Fetch Metadata), or ahead of a click
 * (Speculation Rules, for which Chromium names no site). A person's own navigation is none. Neither is a request that says nothing of
 * all this: programs do not, and pages cannot leave it out.
 */
const isSubresource = (headers: IncomingHttpHeaders): boolean => {
  if (headers['sec-purpose'] !== undefined) return true
  if (HARMLESS.includes(headers['sec-fetch-site'] as string | undefined)) return false
  return headers['sec-fetch-mode'] !== 'navigate' || headers['sec-fetch-dest'] !== 'document'
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * The pages of other origins that may call a route: `anyone` for public documents (SMART App Launch 2.2, section 6.1;
     * checklist S5), or the pages of registered `applications`. Absent: none.
     */
    readonly cors?: 'anyone' | 'applications'
  }
}

/**
 * Lets only registered applications call the token endpoint and the FHIR API from a page, never with cookies. Each route
 * declares its own callers, because a separate list of addresses could contain a misspelled one.
 *
 * Whatever else pages of other sites load from here, no person asked for. It is refused before anything is done, and neither stored
 * nor counted, or any web page could use up the limits of its readers' networks (J12).
 */
export const installCors = (app: FastifyInstance, store: Store): void => {
  const isRegistered = createOriginCheck(store)

  // Preflights need a second router, because the routes themselves do not handle OPTIONS.
  const addresses = findMyWay({ maxParamLength: 200 })
  app.addHook('onRoute', ({ url, config }) => {
    const { cors } = config ?? {}
    if (cors && !addresses.findRoute('OPTIONS', url)) addresses.on('OPTIONS', url, () => {}, { cors })
  })
  const corsOf = ({ routeOptions, raw }: FastifyRequest, isPreflight: boolean) => {
    const target = isPreflight ? addresses.find('OPTIONS', raw.url?.split('?', 1)[0] ?? '')?.store : undefined
    return (target ?? routeOptions.config) as FastifyContextConfig
  }

  app.addHook('onRequest', async (request, reply) => {
    const { origin, 'access-control-request-method': requestedMethod } = request.headers
    const isPreflight = request.method === 'OPTIONS' && requestedMethod !== undefined
    const { cors } = corsOf(request, isPreflight)
    const isCaller =
      cors === 'anyone' || (cors === 'applications' && origin !== undefined && (await isRegistered(origin)))
    const isCall = request.headers['sec-fetch-mode'] === 'cors' && isCaller
    if (!isPreflight && isSubresource(request.headers) && !isCall) return reply.code(403).send()
    if (cors === 'anyone') {
      reply.header('access-control-allow-origin', '*')
    } else if (cors === 'applications') {
      // These headers also disable the engine's own CORS, which would allow any origin until it knows the client.
      reply.headers({
        vary: 'Origin',
        'access-control-expose-headers': 'x-request-id, date, www-authenticate, etag, location, retry-after',
      })
      if (isCaller) reply.header('access-control-allow-origin', origin)
    }
    if (!isPreflight) return
    return reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
        // Libraries add headers of their own (`X-Medplum`). The star covers all but `Authorization`, and nothing when cookies are sent.
        'access-control-allow-headers': 'authorization, *',
        'access-control-max-age': '600',
      })
      .send()
  })
}

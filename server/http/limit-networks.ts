import type { FastifyInstance } from 'fastify'
import { networkOf } from '../ip-address.ts'
import { MOST_CONNECTIONS } from './http-server.ts'
import { type RefusalDeps, refuseRequest, UNAVAILABLE } from './refuse-request.ts'

/**
 * Most requests of one network that are not answered yet. A proxy that passes a body on as it comes takes a connection for each of
 * them, so one network would keep all others out.
 */
const MOST = MOST_CONNECTIONS / 4
/** A /48 has 65,536 networks of one customer. */
const PREFIX = { ipv4: 24, ipv6: 48 }

/** Counts by a person's address, never by a trusted proxy's: through that come requests of everybody. */
export const limitNetworks = (app: FastifyInstance, deps: RefusalDeps): void => {
  const unanswered = new Map<string, number>()
  const add = (network: string, more: 1 | -1) => {
    const count = (unanswered.get(network) ?? 0) + more
    if (count === 0) unanswered.delete(network)
    else unanswered.set(network, count)
  }
  app.addHook('onRequest', async (request, reply) => {
    // A proxy asks in its own name, and both are answered at once.
    if (['/healthz', '/readyz'].includes(request.routeOptions.url ?? '')) return
    const network = networkOf(request.ip, PREFIX)
    if ((unanswered.get(network) ?? 0) >= MOST)
      return refuseRequest(deps, request, reply, { ...UNAVAILABLE, reason: 'server_busy' })
    add(network, 1)
    reply.raw.on('close', () => add(network, -1))
  })
}

import fastify from 'fastify'
import { createHttpServer } from '../http/http-server.ts'
import { listen } from '../http/listen.ts'
import { readNoBodies } from '../read-at-most.ts'
import type { Metrics } from './metrics.ts'

/**
 * Serves the metrics at a port of their own, so that a proxy in front of the organization cannot reach them.
 *
 * @throws Error of the system; `EADDRINUSE` when another program listens there.
 */
export const serveMetrics = async (
  metrics: Metrics,
  address: { readonly host: string; readonly port: number },
): Promise<void> => {
  const app = fastify({ serverFactory: createHttpServer })
  readNoBodies(app)
  app.get('/metrics', async (_request, reply) => {
    const { type, text } = await metrics.read()
    return reply.type(type).header('cache-control', 'no-store').send(text)
  })
  const listener = await listen(address)
  await listener.serve(app)
}

import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { createHttpServer } from './http-server.ts'
import { notReady } from './readiness.ts'

/** An organization's addresses. They are bound before the app exists, because opening a database may take minutes. */
interface Listener {
  /** Passes every request to the app from now on. Until then `/healthz` reports that the process is alive; the rest gets 503. */
  serve(app: FastifyInstance): Promise<void>
  /** Accepts no new connections; running requests finish. */
  close(): Promise<void>
}

/**
 * Listens on every address of a host. `localhost` has two on most machines, and another program on the second would be mistaken
 * for this one.
 *
 * @throws Error of the system; `EADDRINUSE` when another program listens there.
 */
export const listen = async ({ host, port }: { host: string; port: number }): Promise<Listener> => {
  let app: FastifyInstance | undefined
  const servers: Server[] = []
  const close = async () => {
    await Promise.all([app?.close(), ...servers.map((server) => server[Symbol.asyncDispose]())])
  }
  const listenOn = async (address: string): Promise<void> => {
    const server = createHttpServer((request, response) =>
      (app ? app.routing : answerStarting)(request, response),
    )
    server.on('clientError', (error: Error, socket: Socket) => {
      if (app) app.server.emit('clientError', error, socket)
      else socket.destroy()
    })
    const [first] = servers
    server.listen(first ? (first.address() as AddressInfo).port : port, address)
    await once(server, 'listening')
    servers.push(server)
  }

  const addresses = (await lookup(host, { all: true })).map(({ address }) => address)
  try {
    for (const address of addresses)
      await listenOn(address).catch((error: NodeJS.ErrnoException) => {
        // The name may have an address that this machine lacks; at least one of several must exist.
        if (error.code !== 'EADDRNOTAVAIL' || addresses.length === 1) throw error
      })
  } catch (error) {
    await close()
    throw error
  }
  return {
    serve: async (ready) => {
      await ready.ready()
      app = ready
    },
    close,
  }
}

const answerStarting: RequestListener = (request, response) => {
  const isHealth = request.url?.split('?')[0] === '/healthz'
  response.writeHead(isHealth ? 200 : 503, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    // The next request on this connection may be for the app.
    connection: 'close',
    ...(!isHealth && { 'retry-after': '1' }),
  })
  response.end(
    JSON.stringify(isHealth ? { status: 'alive' } : notReady('starting', 'The server is starting.')),
  )
}

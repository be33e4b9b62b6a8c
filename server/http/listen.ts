import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { notReady, type Readiness } from '../readiness.ts'
import { createHttpServer } from './http-server.ts'

/** An organization's addresses. They are bound before the app exists, because opening a database may take minutes. */
interface Listener {
  /**
   * Passes every request to the app from now on. Until then `/healthz` reports that the process is alive, and the rest gets 503, other
   * requests than those of monitoring only after a while: a proxy never repeats a POST, so a restart would fail it.
   */
  serve(app: FastifyInstance): Promise<void>
  /**
   * Says in `/readyz` and in each answer that this process is stopping, and resolves when a proxy in front has had time to notice.
   * Until then everything is answered.
   */
  drain(): Promise<void>
  /** Accepts no new connections. Running requests have a while to finish, and are then cut off. */
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
  const started = Promise.withResolvers<void>()
  let isStopping = false
  const servers: Server[] = []
  const close = async () => {
    const ended = Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
    // The app ends what running requests use, such as connections to another server.
    await Promise.race([ended, sleep(TO_FINISH, undefined, { ref: false })])
    const cut = () => {
      for (const server of servers) server.closeAllConnections()
    }
    setTimeout(cut, TO_FAIL).unref()
    await Promise.all([app?.close(), ended])
  }
  const listenOn = async (address: string): Promise<void> => {
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      if (isStopping) response.setHeader('connection', 'close')
      if (!app) answerUnready(request, response, STARTING)
      else if (isStopping && pathOf(request) === '/readyz') answerUnready(request, response, STOPPING)
      else app.routing(request, response)
    }
    const server = createHttpServer((request, response) => {
      if (app || ['/healthz', '/readyz'].includes(pathOf(request) ?? '')) return answer(request, response)
      const soon = Promise.race([started.promise, sleep(UNTIL_STARTED, undefined, { ref: false })])
      void soon.then(() => answer(request, response))
    })
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
      started.resolve()
    },
    drain: async () => {
      isStopping = true
      await sleep(DRAIN)
    },
    close,
  }
}

/** How long a request waits for a server that starts, in milliseconds. */
const UNTIL_STARTED = 5_000
/** In milliseconds; longer than most proxies wait between two looks at `/readyz`. */
const DRAIN = 5_000
/** How long requests that run may take when the server stops, in milliseconds. Docker kills a server 10 s after SIGTERM. */
const TO_FINISH = 3_000
/** How long they have then to be answered that they failed, in milliseconds. */
const TO_FAIL = 1_000
const STARTING = notReady('starting', 'The server is starting.')
const STOPPING = notReady('stopping', 'The server is stopping.')

const pathOf = ({ url }: IncomingMessage): string | undefined => url?.split('?')[0]

const answerUnready = (request: IncomingMessage, response: ServerResponse, unready: Readiness): void => {
  const isHealth = pathOf(request) === '/healthz'
  response.writeHead(isHealth ? 200 : 503, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    // The next request on this connection may be for the app.
    connection: 'close',
    ...(!isHealth && { 'retry-after': '1' }),
  })
  response.end(JSON.stringify(isHealth ? { status: 'alive' } : unready))
}

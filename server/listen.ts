import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { createHttpServer } from './http-server.ts'

/**
 * Listens on every address of a host: `localhost` is two on most machines, and another program on the second would be
 * taken for this one.
 *
 * @returns how to stop: nothing new is taken, what is under way is finished.
 * @throws Error of the system, `EADDRINUSE` when another program is there.
 */
export const listen = async (
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<() => Promise<void>> => {
  const [first, ...others] = (await lookup(host, { all: true })).map(({ address }) => address)
  await app.listen({ host: first ?? host, port })
  const bound = (app.server.address() as AddressInfo).port
  const servers: Server[] = []
  const close = async () => {
    await Promise.all([app.close(), ...servers.map((server) => server[Symbol.asyncDispose]())])
  }
  for (const address of others) {
    const server = createHttpServer(app.routing)
    server.on('clientError', (...fault) => app.server.emit('clientError', ...fault))
    server.listen(bound, address)
    try {
      await once(server, 'listening')
      servers.push(server)
    } catch (error) {
      // An address that this machine only names.
      if ((error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL') continue
      await close()
      throw error
    }
  }
  return close
}

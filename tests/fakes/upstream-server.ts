import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A FHIR server that a gateway stands in front of. */
export interface UpstreamServer {
  readonly base: string
  /** Requests since the last call, such as `GET /Patient/pa` or `POST /Observation/_search patient=…`. */
  requests(): string[]
  put(resources: readonly object[]): Promise<void>
  close(): Promise<void>
}

/** Listens on a free port of this machine. */
export const listenUpstream = async (
  listener: RequestListener,
): Promise<Pick<UpstreamServer, 'base' | 'close'>> => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

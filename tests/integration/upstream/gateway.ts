import { createUpstream } from '../../../server/sources/transport/create-upstream.ts'
import { upstreamSource } from '../../../server/sources/upstream/upstream-source.ts'
import { type GuardedServer, startGuarded } from '../fhir/guarded-server.ts'

export interface Gateway extends GuardedServer {
  /** The operator's log about upstream. */
  readonly reports: string[]
}

/** The FHIR API in front of another FHIR server. */
export const startGateway = async (base: string): Promise<Gateway> => {
  const reports: string[] = []
  const report = (sentence: string, details: object = {}) =>
    void reports.push(`${sentence} ${JSON.stringify(details)}`)
  const source = { kind: 'fhir', base, authentication: { kind: 'none' } } as const
  const upstream = await createUpstream({ source, clock: Date.now, report })
  const server = await startGuarded([], 'sqlite', (db) => upstreamSource({ upstream, report }, db))
  const { close: closeServer } = server
  const close = async () => {
    await closeServer()
    await upstream.close()
  }
  return Object.assign(server, { reports, close })
}

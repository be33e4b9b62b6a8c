import type { Clock, Config } from '../config.ts'
import { embeddedSource } from '../fhir/search/embedded-source.ts'
import type { SharedSource } from '../fhir/source.ts'
import type { Db } from '../store/schema.ts'
import type { Report } from './upstream/credential.ts'

interface SourceDeps {
  readonly config: Config
  readonly clock: Clock
  readonly db: Db
  readonly report: Report
}

interface OpenSource {
  readonly source: SharedSource
  /** Whether the source does not answer at the moment. */
  isAway(): boolean
  close(): Promise<void>
}

/**
 * Opens the source that the configuration names. The access log always comes from the store.
 *
 * @throws UpstreamRefused when the server at the address is not a FHIR R4 server.
 */
export const openSource = async ({ config, clock, db, report }: SourceDeps): Promise<OpenSource> => {
  const { source } = config
  if (source.kind !== 'fhir') {
    const embedded = embeddedSource(db)
    return { source: { askedBy: () => embedded }, isAway: () => false, close: async () => {} }
  }
  // Loaded only where it is needed: its HTTP client alone is an eighth of what a server loads.
  const [{ createUpstream }, { upstreamSource }] = await Promise.all([
    import('./upstream/create-upstream.ts'),
    import('./upstream/upstream-source.ts'),
  ])
  const upstream = await createUpstream({ source, clock, report })
  const { isAway, close } = upstream
  return { source: upstreamSource({ upstream, report }, db), isAway, close }
}

import { randomUUID } from 'node:crypto'
import type { Clock, Config } from '../config.ts'
import type { SharedSource } from '../fhir/access/source.ts'
import { embeddedSource } from '../fhir/embedded-source.ts'
import type { Store } from '../store/store.ts'
import { sharedStore } from './shared-store.ts'
import type { Report } from './transport/send.ts'
import type { Health } from './transport/upstream.ts'

interface SourceDeps {
  readonly config: Config
  readonly clock: Clock
  readonly store: Pick<Store, 'db' | 'address'>
  readonly report: Report
}

interface OpenSource {
  readonly source: SharedSource
  /** Finds out whether the source answers. */
  health(): Promise<Health>
  close(): Promise<void>
}

/**
 * Opens the source that the configuration names. The access log always comes from the store.
 *
 * @throws UpstreamRefused when the server at the address is not a FHIR R4 server.
 */
export const openSource = async ({ config, clock, store, report }: SourceDeps): Promise<OpenSource> => {
  const { source } = config
  const { db, address } = store
  if (source.kind !== 'fhir') {
    const shared = sharedStore(embeddedSource(db), address.engine)
    return { source: shared, health: async () => 'working', close: async () => {} }
  }
  // Loaded only where it is needed: its HTTP client alone is an eighth of what a server loads.
  const [{ createUpstream }, { upstreamSource }] = await Promise.all([
    import('./transport/create-upstream.ts'),
    import('./upstream/upstream-source.ts'),
  ])
  const upstream = await createUpstream({ source, clock, report })
  const { health, close } = upstream
  // What it cannot do is said now, and not at a person's first search.
  upstream.search('Patient', new URLSearchParams({ _id: randomUUID() })).catch(() => undefined)
  return { source: upstreamSource({ upstream, report }, db), health, close }
}
